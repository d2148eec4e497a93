package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** What waits to be written to a connection. Bounded by the window of the answer that writes. */
final class Output {
    private record Part(ByteBuffer bytes, Answer answer) {}

    /** Java copies what it writes into memory of its own that is as large, and keeps that. */
    private static final int SLICE = 64 << 10;
    private static final int TURN = 1 << 20;
    private final SocketChannel channel;
    private final Deque<Part> parts = new ArrayDeque<>(2);

    Output(SocketChannel channel) {
        this.channel = channel;
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** @param answer is told when the bytes are gone; may be null */
    void add(ByteBuffer bytes, Answer answer) {
        parts.add(new Part(bytes, answer));
    }

    void clear() {
        parts.clear();
    }

    /** Writes until all is written, the client is slower, or others have waited long enough. */
    void write() throws IOException {
        int total = 0;
        while (!parts.isEmpty() && total < TURN) {
            Part part = parts.peek();
            int written = write(part.bytes());
            total += written;
            if (part.answer() != null && written > 0) {
                part.answer().sent(written);
            }
            if (part.bytes().hasRemaining()) {
                if (written == 0) {
                    return;
                }
            } else {
                parts.poll();
            }
        }
    }

    private int write(ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        bytes.limit(Math.min(end, bytes.position() + SLICE));
        try {
            return channel.write(bytes);
        } finally {
            bytes.limit(end);
        }
    }
}
