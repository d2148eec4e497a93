package dev.nest.host.handler;

import dev.nest.function.Context;
import dev.nest.function.Logger;
import dev.nest.host.http.Exchange;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** One request on its way through a handler. To the handler it is the context. */
public final class Invocation implements Context {
    private static final Pattern ID = Pattern.compile("[\\w.~+/=@-]{1,128}");
    private static final Pattern TRACE =
        Pattern.compile("(?!ff)[\\da-f]{2}-(?!0{32})[\\da-f]{32}-(?!0{16})[\\da-f]{16}-[\\da-f]{2}(-.*)?");
    private final Exchange exchange;
    private final Context.Function function;
    private final Logger logger;
    private final String requestId;
    private Map<String, List<String>> parameters;
    private Map<String, List<String>> headers;

    public Invocation(Exchange exchange, Context.Function function, Logger logger) {
        this.exchange = exchange;
        this.function = function;
        this.logger = logger;
        this.requestId = id(exchange.head().headers().get("x-request-id"));
    }

    /** The gateway's, or one of our own; without anything that could upset a log line. */
    private static String id(String given) {
        return given != null && ID.matcher(given).matches() ? given : newId();
    }

    /** Of the form of version 4. It has to be unlike others, not secret. */
    private static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = random.nextLong() & ~0xf000L | 0x4000L;
        long low = random.nextLong() & ~(3L << 62) | 2L << 62;
        return new UUID(high, low).toString();
    }

    Exchange exchange() {
        return exchange;
    }

    @Override
    public String requestId() {
        return requestId;
    }

    @Override
    public Instant deadline() {
        return Instant.ofEpochMilli(exchange.deadline());
    }

    @Override
    public long remainingMillis() {
        return Math.max(0, exchange.deadline() - System.currentTimeMillis());
    }

    @Override
    public boolean isCancelled() {
        return exchange.isCancelled();
    }

    @Override
    public Optional<String> traceparent() {
        return Optional.ofNullable(exchange.head().headers().get("traceparent"))
            .filter((it) -> TRACE.matcher(it).matches());
    }

    @Override
    public Optional<String> tracestate() {
        return traceparent().map((it) -> exchange.head().headers().get("tracestate"));
    }

    @Override
    public Logger logger() {
        return logger;
    }

    @Override
    public Context.Function function() {
        return function;
    }

    @Override
    public String method() {
        return exchange.head().method();
    }

    @Override
    public String path() {
        return exchange.head().path();
    }

    @Override
    public Map<String, List<String>> parameters() {
        if (parameters == null) {
            parameters = Query.parse(exchange.head().query());
        }
        return parameters;
    }

    @Override
    public Map<String, List<String>> headers() {
        if (headers == null) {
            headers = exchange.head().headers().all();
        }
        return headers;
    }

    /** The first value of a header field; null when there is none. The name is in lower case. */
    String header(String name) {
        return exchange.head().headers().get(name);
    }
}
