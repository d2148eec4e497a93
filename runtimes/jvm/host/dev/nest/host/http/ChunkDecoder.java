package dev.nest.host.http;

/** Reads a body that comes in chunks (RFC 9112, section 7.1), strictly. Extensions and trailers are let go. */
final class ChunkDecoder {
    /** Gets each piece of the body; the array is used again after the call. */
    interface Sink {
        void accept(byte[] bytes, int from, int length);
    }

    private enum State { SIZE, EXTENSION, SIZE_END, DATA, DATA_RETURN, DATA_END, TRAILER, TRAILER_END, DONE }

    private static final int SIZE_DIGITS = 15;
    private static final int EXTENSION_LIMIT = 1024;
    private static final int TRAILER_LIMIT = 8 << 10;
    private State state = State.SIZE;
    private long size;
    private int digits;
    private int extras;
    private int trailerLine;

    boolean isDone() {
        return state == State.DONE;
    }

    /** @return the position after what belongs to the body, which is `to` unless it is done */
    int decode(byte[] bytes, int from, int to, Sink sink) throws Problem {
        int at = from;
        while (at < to && state != State.DONE) {
            if (state == State.DATA) {
                int length = (int) Math.min(size, to - at);
                sink.accept(bytes, at, length);
                at += length;
                size -= length;
                state = size == 0 ? State.DATA_RETURN : State.DATA;
            } else {
                step(bytes[at++]);
            }
        }
        return at;
    }

    private void step(byte next) throws Problem {
        switch (state) {
            case SIZE -> size(next);
            case EXTENSION -> extension(next);
            case SIZE_END -> {
                expect(next, '\n');
                digits = 0;
                state = size == 0 ? State.TRAILER : State.DATA;
            }
            case DATA_RETURN -> {
                expect(next, '\r');
                state = State.DATA_END;
            }
            case DATA_END -> {
                expect(next, '\n');
                state = State.SIZE;
            }
            case TRAILER -> trailer(next);
            default -> {
                expect(next, '\n');
                state = trailerLine == 0 ? State.DONE : State.TRAILER;
                trailerLine = 0;
            }
        }
    }

    private void size(byte next) throws Problem {
        int digit = next < 0 ? -1 : Character.digit((char) next, 16);
        if (digit >= 0) {
            if (++digits > SIZE_DIGITS) {
                throw bad();
            }
            size = size * 16 + digit;
        } else if (digits == 0) {
            throw bad();
        } else if (next == '\r') {
            state = State.SIZE_END;
        } else if (next == ';') {
            state = State.EXTENSION;
        } else {
            throw bad();
        }
    }

    private void extension(byte next) throws Problem {
        if (next == '\r') {
            state = State.SIZE_END;
        } else if (isControl(next) || ++extras > EXTENSION_LIMIT) {
            throw bad();
        }
    }

    private void trailer(byte next) throws Problem {
        if (next == '\r') {
            state = State.TRAILER_END;
        } else if (isControl(next) || ++extras > TRAILER_LIMIT || trailerLine == 0 && (next == ' ' || next == '\t')) {
            throw bad();
        } else {
            trailerLine++;
        }
    }

    private static boolean isControl(byte next) {
        return next >= 0 && next < ' ' && next != '\t' || next == 0x7f;
    }

    private static void expect(byte next, char wanted) throws Problem {
        if (next != wanted) {
            throw bad();
        }
    }

    private static Problem bad() {
        return new Problem(400, "The body of the request is not in well-formed chunks.");
    }
}
