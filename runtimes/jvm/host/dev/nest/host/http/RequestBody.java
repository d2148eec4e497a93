package dev.nest.host.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/** The body of a request, read by its handler while it comes. A bounded part of it is held. */
final class RequestBody extends InputStream {
    private static final int CAPACITY = 256 << 10;
    /** Its own, so that nobody else can hold the loop up. */
    private final Object lock = new Object();
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private final Runnable wanted;
    private int at;
    private int held;
    private boolean isPaused;
    private boolean isAsked;
    private boolean hasEnded;
    private IOException failure;

    /**
     * @param wanted is called when the reader waits for the first byte, or for more after a pause; null: there is no
     *     body
     */
    RequestBody(Runnable wanted) {
        this.wanted = wanted;
        this.hasEnded = wanted == null;
    }

    void add(byte[] bytes, int from, int length) {
        byte[] piece = new byte[length];
        System.arraycopy(bytes, from, piece, 0, length);
        synchronized (lock) {
            pieces.add(piece);
            held += length;
            lock.notifyAll();
        }
    }

    void end() {
        synchronized (lock) {
            hasEnded = true;
            lock.notifyAll();
        }
    }

    /** What is read from now on fails with this; the first failure counts. */
    void fail(IOException error) {
        synchronized (lock) {
            if (failure == null) {
                failure = error;
            }
            pieces.clear();
            held = 0;
            lock.notifyAll();
        }
    }

    /** Whether more may be added; if not, `wanted` is called when it may. */
    boolean hasRoom() {
        synchronized (lock) {
            isPaused = held >= CAPACITY;
            return !isPaused;
        }
    }

    /** Whether all of it has come. */
    boolean hasEnded() {
        synchronized (lock) {
            return hasEnded;
        }
    }

    /** Whether anybody has tried to read. */
    boolean isAsked() {
        synchronized (lock) {
            return isAsked;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        int count;
        boolean resumes;
        synchronized (lock) {
            await();
            if (pieces.isEmpty()) {
                return -1;
            }
            count = take(into, offset, length);
            resumes = isPaused && held < CAPACITY / 2;
            isPaused &= !resumes;
        }
        if (resumes) {
            wanted.run();
        }
        return count;
    }

    @Override
    public int available() {
        synchronized (lock) {
            return failure == null ? held : 0;
        }
    }

    private void await() throws IOException {
        if (!isAsked && wanted != null) {
            isAsked = true;
            wanted.run();
        }
        while (failure == null && pieces.isEmpty() && !hasEnded) {
            try {
                lock.wait();
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while reading the body of the request.");
            }
        }
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    private int take(byte[] into, int offset, int length) {
        int count = 0;
        while (count < length && !pieces.isEmpty()) {
            byte[] piece = pieces.peek();
            int part = Math.min(length - count, piece.length - at);
            System.arraycopy(piece, at, into, offset + count, part);
            count += part;
            at += part;
            if (at == piece.length) {
                pieces.poll();
                at = 0;
            }
        }
        held -= count;
        return count;
    }
}
