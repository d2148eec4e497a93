package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One client's connection: requests one after the other. All of it is of the loop. */
final class Connection implements Loop.Ready {
    private static final byte[] NOTHING = {};
    /** What of later requests is read while one is in the handler. */
    private static final int PIPELINED = 16 << 10;
    /** What of a body is let go that nobody wants, so that its client hears the answer. */
    private static final long PATIENCE = 64 << 20;
    private static final ByteBuffer CONTINUE =
        ByteBuffer.wrap("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();

    private final Loop loop;
    private final Server server;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final HeadParser parser = new HeadParser();
    private final BodyReader body = new BodyReader();
    private final Output output;
    private final Deadline deadline;
    private Exchange current;
    private byte[] held = NOTHING;
    private long discarded;
    private volatile boolean isClosing;
    private boolean isLingering;
    private boolean isClosed;

    Connection(Loop loop, Server server, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.server = server;
        this.channel = channel;
        this.output = new Output(channel);
        this.deadline = new Deadline(loop, this::overdue);
        this.key = loop.register(channel, SelectionKey.OP_READ, this);
        deadline.set(Deadline.IDLE);
    }

    Loop loop() {
        return loop;
    }

    boolean isClosing() {
        return isClosing;
    }

    /** Neither a request nor a part of one. */
    boolean isIdle() {
        return current == null && held.length == 0 && !body.isOpen() && output.isEmpty();
    }

    @Override
    public void ready(SelectionKey ignored) throws IOException {
        if (key.isReadable()) {
            read();
        }
        if (!isClosed && key.isWritable()) {
            written();
        }
    }

    @Override
    public void broken(Throwable error) {
        close();
    }

    private void read() throws IOException {
        ByteBuffer buffer = loop.buffer.clear();
        int kept = held.length;
        if (kept > 0) {
            buffer = kept + (16 << 10) > buffer.capacity() ? ByteBuffer.allocate(kept + (16 << 10)) : buffer;
            buffer.put(held);
        }
        int count = channel.read(buffer);
        if (count < 0) {
            ended();
            return;
        }
        process(buffer.array(), buffer.position());
    }

    /** The client sends no more. As in Node.js it is not waiting either, unless its answer is under way already. */
    private void ended() throws IOException {
        if (current != null || output.isEmpty() || isLingering) {
            close();
            return;
        }
        isClosing = true;
        key.interestOps(SelectionKey.OP_WRITE);
    }

    /** Goes through what has been read as far as it can; the rest is held. */
    private void process(byte[] bytes, int to) throws IOException {
        int at = 0;
        try {
            while (at < to && !isClosed) {
                int next = step(bytes, at, to);
                if (next < 0) {
                    break;
                }
                at = next;
            }
        } catch (Problem problem) {
            refuse(problem);
            at = to;
        }
        if (isClosed) {
            return;
        }
        held = at == to ? NOTHING : Arrays.copyOfRange(bytes, at, to);
        update();
    }

    /** @return the next position, or -1 when nothing more can be done now */
    private int step(byte[] bytes, int at, int to) throws Problem {
        if (isClosing) {
            discard(to - at);
            return to;
        }
        if (body.isOpen()) {
            int next = body.read(bytes, at, to);
            if (body.isUnwanted()) {
                discard(next - at);
            }
            return next;
        }
        if (current != null || !output.isEmpty()) {
            return -1;
        }
        Head head = parser.parse(bytes, at, to);
        if (head == null) {
            return -1;
        }
        begin(head);
        return at + parser.length();
    }

    private void begin(Head head) {
        discarded = 0;
        RequestBody sink = new RequestBody(head.hasBody() ? this::wanted : null);
        current = new Exchange(this, server, head, sink);
        body.begin(head.length(), sink);
        server.admit(current);
    }

    /** From the handler: it reads. */
    private void wanted() {
        loop.execute(() -> {
            if (isClosed) {
                return;
            }
            if (current != null && body.needsContinue(current.head())) {
                output.add(CONTINUE.duplicate(), null);
            }
            pump();
            resume();
        });
    }

    private void refuse(Problem problem) {
        if (current == null) {
            current = new Exchange(this, server, Refusal.HEAD, new RequestBody(null));
        }
        Exchange broken = current;
        IOException reason = new IOException(problem.getMessage());
        isClosing = true;
        // Before its handler hears of it, whose answer would be another.
        Answer.Piece piece = broken.answer().take(problem, reason);
        body.fail(reason);
        if (piece != null) {
            send(broken, piece);
        } else if (!broken.answer().hasEnded()) {
            close();
        }
    }

    /** A part of the answer to `exchange`, which is the one that is in turn, or over. */
    void send(Exchange exchange, Answer.Piece piece) {
        if (isClosed || exchange != current || piece == null) {
            return;
        }
        if (piece.bytes() == null) {
            server.ended(exchange, true);
            close();
            return;
        }
        output.add(piece.bytes(), exchange.answer());
        if (piece.isLast()) {
            answered(exchange, piece.isKeptAlive());
        }
        pump();
    }

    private void answered(Exchange exchange, boolean isKeptAlive) {
        current = null;
        isClosing |= !isKeptAlive;
        if (body.isOpen()) {
            body.abandon();
        }
        server.ended(exchange, exchange.answer().status() >= 500);
    }

    private void written() {
        pump();
    }

    /** Writes what can be written now. */
    private void pump() {
        try {
            output.write();
            if (output.isEmpty() && isClosing && current == null) {
                linger();
            }
            if (!isClosed) {
                update();
                if (isFree() && held.length > 0) {
                    loop.execute(this::resume);
                }
            }
        } catch (IOException | java.nio.channels.CancelledKeyException error) {
            close();
        }
    }

    private boolean isFree() {
        return current == null && output.isEmpty() && !isClosing;
    }

    /** Goes on with what has been held. */
    private void resume() {
        if (isClosed) {
            return;
        }
        try {
            byte[] bytes = held;
            held = NOTHING;
            process(bytes, bytes.length);
        } catch (IOException error) {
            close();
        }
    }

    /** Closing at once would take the answer away from a client that is still sending. */
    private void linger() throws IOException {
        if (isLingering) {
            return;
        }
        isLingering = true;
        channel.shutdownOutput();
        deadline.set(Deadline.LINGER);
    }

    private void discard(int count) throws Problem {
        discarded += count;
        if (discarded > PATIENCE) {
            close();
        }
    }

    private void update() {
        if (isClosed) {
            return;
        }
        boolean reads = body.isOpen() ? body.hasRoom() : current == null && output.isEmpty() || held.length < PIPELINED || isClosing;
        int wanted = (reads ? SelectionKey.OP_READ : 0) | (output.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
        if (!isLingering) {
            deadline.set(output.isEmpty() ? waiting() : Deadline.STALLED);
        }
    }

    private Deadline.Kind waiting() {
        if (body.isOpen()) {
            return body.hasRoom() ? Deadline.BODY : Deadline.NONE;
        }
        return current != null ? Deadline.NONE : held.length > 0 ? Deadline.HEAD : Deadline.IDLE;
    }

    private void overdue(Deadline.Kind kind) {
        if (kind == Deadline.HEAD || kind == Deadline.BODY && current != null) {
            refuse(new Problem(408, "The request did not come to its end in time."));
            update();
        } else {
            close();
        }
    }

    /** Nothing of it is left; its request is told. */
    void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        deadline.cancel();
        try {
            channel.close();
        } catch (IOException error) {
            // It is closed all the same.
        }
        Exchange gone = current;
        current = null;
        output.clear();
        if (gone != null) {
            server.gone(gone);
        }
        server.closed(this);
    }
}
