package dev.nest.host.handler;

import dev.nest.host.http.Answer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What com.google.cloud.functions.HttpResponse does. */
final class GoogleResponse {
    private final Answer answer;
    private final AnswerStream stream;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private BufferedWriter writer;

    GoogleResponse(Answer answer) {
        this.answer = answer;
        this.stream = new AnswerStream(answer);
    }

    void setStatusCode(int code) {
        answer.status(code);
    }

    /** The phrase is let go: HTTP gives it no meaning. */
    void setStatusCode(int code, String message) {
        answer.status(code);
    }

    void setContentType(String type) {
        answer.header("Content-Type", type);
        headers.put("Content-Type", new ArrayList<>(List.of(type)));
    }

    Optional<String> getContentType() {
        return Optional.ofNullable(answer.header("content-type"));
    }

    void appendHeader(String name, String value) {
        answer.addHeader(name, value);
        headers.computeIfAbsent(name, (it) -> new ArrayList<>(1)).add(value);
    }

    Map<String, List<String>> getHeaders() {
        return headers;
    }

    OutputStream getOutputStream() {
        return stream;
    }

    BufferedWriter getWriter() {
        if (writer == null) {
            writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
        }
        return writer;
    }

    /** What the writer holds is a part of the answer. */
    void finish() throws IOException {
        stream.ending();
        if (writer != null) {
            writer.flush();
        }
    }
}
