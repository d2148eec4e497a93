package dev.nest.host.handler;

import dev.nest.function.HttpResponse;
import dev.nest.host.http.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The response of our own interface. */
record OwnResponse(Answer answer, OutputStream body) implements HttpResponse {
    OwnResponse(Answer answer) {
        this(answer, new AnswerStream(answer));
    }

    @Override
    public HttpResponse status(int status) {
        answer.status(status);
        return this;
    }

    @Override
    public HttpResponse header(String name, String value) {
        answer.header(name, value);
        return this;
    }

    @Override
    public HttpResponse addHeader(String name, String value) {
        answer.addHeader(name, value);
        return this;
    }

    @Override
    public void write(String text) throws IOException {
        if (!answer.hasBegun() && answer.header("content-type") == null) {
            answer.header("Content-Type", "text/plain; charset=utf-8");
        }
        body.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean hasBegun() {
        return answer.hasBegun();
    }
}
