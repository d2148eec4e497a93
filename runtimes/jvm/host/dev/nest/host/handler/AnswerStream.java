package dev.nest.host.handler;

import dev.nest.host.http.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The body of an answer. */
final class AnswerStream extends OutputStream {
    private final Answer answer;

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
        answer.flush();
    }

    @Override
    public void close() {
        answer.close();
    }
}
