package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One client's connection: requests one after the other. All of it is of the loop, but for what says otherwise. */
final class Connection implements Loop.Ready {
    private static final byte[] NOTHING = {};
    private static final int ROOM = 16 << 10;
    /** What of later requests is read while one is in the handler. */
    private static final int PIPELINED = 16 << 10;
    /** What of a body is let go that nobody wants, so that its client hears the answer. */
    private static final long PATIENCE = 64 << 20;
    private static final ByteBuffer CONTINUE =
        ByteBuffer.wrap("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();

    private final Loop loop;
    private final Server server;
    private final Wire wire;
    private final HeadParser parser = new HeadParser();
    private final BodyReader body = new BodyReader();
    private final Deadline deadline;
    private Exchange current;
    /** What has been read and not yet looked at. */
    private volatile byte[] held = NOTHING;
    private long discarded;
    private volatile boolean isClosing;
    private boolean isClosed;

    Connection(Loop loop, Server server, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.server = server;
        this.wire = new Wire(loop, channel, this);
        this.deadline = new Deadline(loop, this::overdue);
        deadline.set(Deadline.IDLE);
    }

    Loop loop() {
        return loop;
    }

    /** Whether no further request is taken; from any thread. */
    boolean isClosing() {
        return isClosing;
    }

    /** Neither a request nor a part of one. */
    boolean isIdle() {
        return current == null && held.length == 0 && !body.isOpen() && wire.isEmpty();
    }

    @Override
    public void ready() throws IOException {
        if (wire.isReadable()) {
            read();
        }
        if (!isClosed && wire.isWritable()) {
            pump();
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
            buffer = kept + ROOM > buffer.capacity() ? ByteBuffer.allocate(kept + ROOM) : buffer;
            buffer.put(held);
        }
        if (wire.read(buffer) < 0) {
            ended();
        } else {
            process(buffer.array(), buffer.position());
        }
    }

    /** The client sends no more. As in Node.js it is not waiting either, unless its answer is under way already. */
    private void ended() {
        if (current != null || wire.isEmpty() || wire.isHalfClosed()) {
            close();
            return;
        }
        isClosing = true;
        wire.await(false);
    }

    /** Goes through what has been read as far as it can; the rest is held. */
    private void process(byte[] bytes, int to) {
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
        held = at == to || isClosed ? NOTHING : Arrays.copyOfRange(bytes, at, to);
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
        if (current != null || !wire.isEmpty()) {
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
                wire.add(CONTINUE.duplicate(), null);
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
        if (isClosed || exchange != current) {
            return;
        }
        if (piece.bytes() == null) {
            server.ended(exchange, true);
            close();
            return;
        }
        if (piece.bytes().hasRemaining()) {
            wire.add(piece.bytes(), exchange.answer());
        }
        if (piece.isLast()) {
            answered(exchange, piece.isKeptAlive());
        }
        pump();
    }

    /**
     * On the handler's thread: writes an answer that is whole, which spares the loop a turn. Nothing else can be under
     * way then: requests begin when all before has been written, and the loop writes only for those that have no
     * answer.
     */
    boolean writeDirectly(Exchange exchange, Answer.Piece piece) {
        return piece.isWhole() && !exchange.head().expectsContinue() && wire.writeDirectly(piece.bytes());
    }

    /** From any thread: whether the loop has to know at once that a request is over. */
    boolean isAwaited() {
        return held.length > 0 || isClosing;
    }

    /** Its handler has ended: what has no answer by now gets none. */
    void abandon(Exchange exchange) {
        if (exchange == current && !isClosed) {
            server.ended(exchange, true);
            close();
        }
    }

    private void answered(Exchange exchange, boolean isKeptAlive) {
        current = null;
        isClosing |= !isKeptAlive;
        if (body.isOpen()) {
            body.abandon();
        }
        server.ended(exchange, exchange.answer().status() >= 500);
    }

    /** Writes what can be written now. */
    private void pump() {
        try {
            wire.write();
            if (wire.isEmpty() && isClosing && current == null && !wire.isHalfClosed()) {
                // Closing at once would take the answer away from a client that is still sending.
                wire.halfClose();
                deadline.set(Deadline.LINGER);
            }
            update();
            if (held.length > 0 && current == null && wire.isEmpty() && !isClosing) {
                loop.execute(this::resume);
            }
        } catch (IOException | CancelledKeyException error) {
            close();
        }
    }

    /** Goes on with what has been held. */
    private void resume() {
        byte[] bytes = held;
        if (!isClosed) {
            process(bytes, bytes.length);
        }
    }

    private void discard(int count) {
        discarded += count;
        if (discarded > PATIENCE) {
            close();
        }
    }

    private void update() {
        if (isClosed) {
            return;
        }
        boolean isFree = current == null && wire.isEmpty();
        wire.await(body.isOpen() ? body.hasRoom() : isFree || isClosing || held.length < PIPELINED);
        if (!wire.isHalfClosed()) {
            deadline.set(wire.isEmpty() ? waiting() : Deadline.STALLED);
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
        wire.close();
        held = NOTHING;
        Exchange gone = current;
        current = null;
        if (gone != null) {
            server.gone(gone);
        }
        server.closed(this);
    }
}
