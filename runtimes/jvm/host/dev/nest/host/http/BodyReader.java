package dev.nest.host.http;

import java.io.IOException;

/** Takes a request's body off the connection and gives it to its reader, or to nobody. */
final class BodyReader {
    private RequestBody sink;
    private ChunkDecoder chunks;
    private long rest;
    private boolean isContinued;

    /** @param length -1: in chunks */
    void begin(long length, RequestBody sink) {
        this.sink = sink;
        this.chunks = length < 0 ? new ChunkDecoder() : null;
        this.rest = Math.max(0, length);
        this.isContinued = false;
    }

    /** Whether more of it is to come. */
    boolean isOpen() {
        return rest > 0 || chunks != null;
    }

    boolean isUnwanted() {
        return sink == null;
    }

    boolean hasRoom() {
        return sink == null || sink.hasRoom();
    }

    /** @return the position after what belongs to the body */
    int read(byte[] bytes, int from, int to) throws Problem {
        isContinued = true;
        int next = to;
        if (chunks != null) {
            next = chunks.decode(bytes, from, to, this::give);
            chunks = chunks.isDone() ? null : chunks;
        } else {
            int length = (int) Math.min(rest, to - from);
            give(bytes, from, length);
            rest -= length;
            next = from + length;
        }
        if (!isOpen() && sink != null) {
            sink.end();
        }
        return next;
    }

    private void give(byte[] bytes, int from, int length) {
        if (sink != null && length > 0) {
            sink.add(bytes, from, length);
        }
    }

    /** Whether the client is to be told now that it may send its body; once. */
    boolean needsContinue(Head head) {
        boolean needs = head.expectsContinue() && isOpen() && !isContinued;
        isContinued |= needs;
        return needs;
    }

    /** The rest goes nowhere. */
    void abandon() {
        sink = null;
    }

    /** It is of no use, and there is no more of it. */
    void fail(IOException error) {
        if (sink != null && isOpen()) {
            sink.fail(error);
        }
        sink = null;
        chunks = null;
        rest = 0;
    }
}
