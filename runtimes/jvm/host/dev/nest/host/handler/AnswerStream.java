package dev.nest.host.handler;

import dev.nest.host.http.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The body of an answer. */
final class AnswerStream extends OutputStream {
    private final Answer answer;
    private boolean isEnding;

    AnswerStream(Answer answer) {
        this.answer = answer;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        answer.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (!isEnding) {
            answer.flush();
        }
    }

    /** The answer comes to its end anyway: what flushes from now on need not send a part of it. */
    void ending() {
        isEnding = true;
    }

    @Override
    public void close() {
        answer.close();
    }
}
