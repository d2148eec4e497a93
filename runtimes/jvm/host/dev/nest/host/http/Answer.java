package dev.nest.host.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The answer to one request, written by its handler's thread. A small one is sent whole, with its length; a larger one
 * while it is written, and the writer waits for a slow client.
 */
public final class Answer {
    /**
     * One part of an answer on its way to the client.
     *
     * @param bytes null: the answer is broken off
     * @param isWhole whether it is the only one
     */
    record Piece(ByteBuffer bytes, boolean isWhole, boolean isLast, boolean isKeptAlive) {
        static final Piece BREAK = new Piece(null, false, true, false);
    }

    private enum State { OPEN, BEGUN, ENDED, LOST }

    private static final int BUFFER = 32 << 10;
    private static final int WINDOW = 256 << 10;
    /** Its own, so that nobody else can hold the loop up. */
    private final Object lock = new Object();
    private final Exchange exchange;
    private final AnswerHead head = new AnswerHead();
    private State state = State.OPEN;
    private IOException loss;
    private byte[] buffer = new byte[512];
    private int count;
    private long written;
    private int underWay;

    Answer(Exchange exchange) {
        this.exchange = exchange;
    }

    /** @throws IllegalArgumentException for what is no status of an answer */
    public void status(int status) {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("The status is " + status
                + "; a whole number from 200 to 599 is expected.");
        }
        synchronized (lock) {
            head.status = status;
        }
    }

    public int status() {
        synchronized (lock) {
            return head.status;
        }
    }

    /**
     * Sets a field; null removes it. What is said of the body's length and the connection is not the handler's to say.
     */
    public void header(String name, String value) {
        synchronized (lock) {
            head.set(name, value);
        }
    }

    /** Adds a field beside those of the same name. */
    public void addHeader(String name, String value) {
        synchronized (lock) {
            head.add(name, value);
        }
    }

    public String header(String name) {
        synchronized (lock) {
            return head.get(name);
        }
    }

    /** Whether anything has been sent, or can no longer be. */
    public boolean hasBegun() {
        synchronized (lock) {
            return state != State.OPEN;
        }
    }

    /** Whether all of it is on its way. */
    boolean hasEnded() {
        synchronized (lock) {
            return state == State.ENDED;
        }
    }

    /** @throws IOException when the client is gone, or the time is over */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (lock) {
            check();
            written += length;
            if (head.declared() >= 0 && written > head.declared()) {
                throw new IOException("The answer is longer than its Content-Length, " + head.declared() + " bytes.");
            }
            if (count + length > BUFFER) {
                send(false);
            }
            if (length > BUFFER) {
                sendDirectly(bytes, offset, length);
                return;
            }
            if (count + length > buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(BUFFER, Math.max(count + length, buffer.length * 4)));
            }
            System.arraycopy(bytes, offset, buffer, count, length);
            count += length;
        }
    }

    /** Sends the head, if it has not been, and what has been written. */
    public void flush() throws IOException {
        synchronized (lock) {
            check();
            if (state == State.OPEN || count > 0) {
                send(false);
            }
        }
    }

    /** Nothing is written after this. */
    public void close() {
        Piece last = finish();
        if (last != null) {
            exchange.send(last);
        }
    }

    /** The last piece, which the caller sends; null when it has been. */
    Piece finish() {
        synchronized (lock) {
            if (state == State.ENDED || state == State.LOST) {
                return null;
            }
            if (head.declared() >= 0 && written < head.declared() && !exchange.isHead() && head.hasBody()) {
                state = State.LOST;
                loss = new IOException("The answer is shorter than its Content-Length.");
                return Piece.BREAK;
            }
            return piece(true);
        }
    }

    /** Instead of what has been prepared; no answer that has begun can be changed: it is broken off. */
    Piece replace(Problem problem) {
        synchronized (lock) {
            if (state == State.ENDED || state == State.LOST) {
                return null;
            }
            if (state == State.BEGUN) {
                state = State.LOST;
                loss = new IOException("The answer was broken off.");
                return Piece.BREAK;
            }
            head.become(problem);
            buffer = problem.body();
            count = buffer.length;
            return piece(true);
        }
    }

    /** In the loop: as `replace`, unless an answer has begun. The handler hears of it when it writes. */
    Piece take(Problem problem, IOException reason) {
        synchronized (lock) {
            if (state != State.OPEN) {
                return null;
            }
            Piece piece = replace(problem);
            state = State.LOST;
            loss = reason;
            return piece;
        }
    }

    /** In the loop: nobody reads any more. */
    void lose(IOException reason) {
        synchronized (lock) {
            if (state != State.ENDED && state != State.LOST) {
                state = State.LOST;
                loss = reason;
            }
            lock.notifyAll();
        }
    }

    /** In the loop: so much has been handed to the kernel. */
    void sent(int bytes) {
        synchronized (lock) {
            underWay -= bytes;
            lock.notifyAll();
        }
    }

    private void sendDirectly(byte[] bytes, int offset, int length) throws IOException {
        byte[] small = buffer;
        for (int at = 0; at < length; at += count) {
            check();
            count = Math.min(BUFFER, length - at);
            buffer = Arrays.copyOfRange(bytes, offset + at, offset + at + count);
            int part = count;
            send(false);
            count = part;
        }
        buffer = small;
        count = 0;
    }

    private void send(boolean isLast) throws IOException {
        exchange.send(piece(isLast));
        while (underWay > WINDOW && state != State.LOST) {
            try {
                lock.wait();
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while the client was reading the answer.");
            }
        }
        check();
    }

    /** What has been written, framed, after the head if that has not been sent. */
    private Piece piece(boolean isLast) {
        boolean isFirst = state == State.OPEN;
        if (isFirst) {
            head.begin(exchange, isLast ? count : -1);
        }
        state = isLast ? State.ENDED : State.BEGUN;
        ByteBuffer bytes = head.frame(isFirst, isLast, buffer, count, exchange.isHead());
        count = 0;
        underWay += bytes.remaining();
        return new Piece(bytes, isFirst && isLast, isLast, head.isKeptAlive());
    }

    private void check() throws IOException {
        if (state == State.LOST) {
            throw new IOException(loss.getMessage(), loss);
        }
        if (state == State.ENDED) {
            throw new IOException("The answer has ended.");
        }
    }
}
