package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A connection's socket: what is to be written, and what the loop waits for. */
final class Wire {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Output output;
    private boolean isHalfClosed;

    Wire(Loop loop, SocketChannel channel, Loop.Ready ready) throws IOException {
        this.channel = channel;
        this.output = new Output(channel);
        this.key = loop.register(channel, SelectionKey.OP_READ, ready);
    }

    boolean isReadable() {
        return key.isReadable();
    }

    boolean isWritable() {
        return key.isValid() && key.isWritable();
    }

    int read(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    /** Whether all has been handed to the kernel. */
    boolean isEmpty() {
        return output.isEmpty();
    }

    void add(ByteBuffer bytes, Answer answer) {
        output.add(bytes, answer);
    }

    void write() throws IOException {
        output.write();
    }

    /** From any thread, while nothing else is to be written; false when the loop has to go on with it. */
    boolean writeDirectly(ByteBuffer bytes) {
        try {
            channel.write(bytes);
            return !bytes.hasRemaining();
        } catch (IOException error) {
            // The loop will meet it too.
            return false;
        }
    }

    /** Waits for what can be read, if that is wanted, and for room for what is to be written. */
    void await(boolean reads) {
        int wanted = (reads ? SelectionKey.OP_READ : 0) | (output.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    boolean isHalfClosed() {
        return isHalfClosed;
    }

    /** The client hears that nothing more comes. */
    void halfClose() throws IOException {
        isHalfClosed = true;
        channel.shutdownOutput();
    }

    void close() {
        output.clear();
        try {
            channel.close();
        } catch (IOException error) {
            // It is closed all the same.
        }
    }
}
