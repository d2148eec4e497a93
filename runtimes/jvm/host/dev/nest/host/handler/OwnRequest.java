package dev.nest.host.handler;

import dev.nest.function.Context;
import dev.nest.function.HttpRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The request of our own interface. */
record OwnRequest(Invocation invocation) implements HttpRequest {
    @Override
    public String method() {
        return invocation.method();
    }

    @Override
    public String path() {
        return invocation.path();
    }

    @Override
    public String query() {
        return invocation.exchange().head().query();
    }

    @Override
    public Map<String, List<String>> parameters() {
        return invocation.parameters();
    }

    @Override
    public Map<String, List<String>> headers() {
        return invocation.headers();
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(invocation.header(name.toLowerCase(Locale.ROOT)));
    }

    @Override
    public InputStream body() {
        return invocation.exchange().body();
    }

    @Override
    public String text() throws IOException {
        return new String(body().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public Context context() {
        return invocation;
    }
}
