package dev.nest.host.handler;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What com.google.cloud.functions.HttpRequest says. */
final class GoogleRequest {
    private final Invocation invocation;
    private BufferedReader reader;

    GoogleRequest(Invocation invocation) {
        this.invocation = invocation;
    }

    String getMethod() {
        return invocation.method();
    }

    String getUri() {
        String host = Optional.ofNullable(invocation.header("host")).orElse("localhost");
        return "http://" + host + invocation.exchange().head().target();
    }

    String getPath() {
        return invocation.path();
    }

    Optional<String> getQuery() {
        return Optional.of(invocation.exchange().head().query()).filter((it) -> !it.isEmpty());
    }

    Map<String, List<String>> getQueryParameters() {
        return invocation.parameters();
    }

    Optional<String> getFirstQueryParameter(String name) {
        return first(invocation.parameters().get(name));
    }

    Map<String, Object> getParts() {
        throw new UnsupportedOperationException("Multipart bodies are not taken apart here; getInputStream has them.");
    }

    Optional<String> getContentType() {
        return Optional.ofNullable(invocation.header("content-type"));
    }

    long getContentLength() {
        return invocation.exchange().head().length();
    }

    Optional<String> getCharacterEncoding() {
        return getContentType().filter((it) -> it.toLowerCase(Locale.ROOT).contains("charset"))
            .map((it) -> EventBody.MediaType.of(it).charset());
    }

    InputStream getInputStream() {
        return invocation.exchange().body();
    }

    BufferedReader getReader() throws IOException {
        if (reader == null) {
            reader = new BufferedReader(new InputStreamReader(getInputStream(),
                Charset.forName(getCharacterEncoding().orElse("utf-8"))));
        }
        return reader;
    }

    /** Names may be asked for in any case. */
    Map<String, List<String>> getHeaders() {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(invocation.headers());
        return all;
    }

    Optional<String> getFirstHeader(String name) {
        return first(getHeaders().get(name));
    }

    private static Optional<String> first(List<String> values) {
        return values == null ? Optional.empty() : Optional.of(values.get(0));
    }
}
