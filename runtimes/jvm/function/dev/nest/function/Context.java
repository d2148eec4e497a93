package dev.nest.function;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The request around an event, and its limits. */
public interface Context {
    /** {@code X-Request-Id}, or a new one. */
    String requestId();

    /** When the request is answered with 504. */
    Instant deadline();

    /** Milliseconds until then; never less than 0. */
    long remainingMillis();

    /** Whether the time is over, or the client gone. The thread is interrupted when the time is over. */
    boolean isCancelled();

    /** W3C Trace Context, when the request has a valid one. */
    Optional<String> traceparent();

    /** What belongs to {@link #traceparent}. */
    Optional<String> tracestate();

    /** Writes to the function's log. */
    Logger logger();

    /** The function that serves. */
    Function function();

    /** Such as {@code POST}. */
    String method();

    /** The target without the query. */
    String path();

    /** The parameters of the query, decoded. */
    Map<String, List<String>> parameters();

    /** All header fields; names in lower case. */
    Map<String, List<String>> headers();

    /** Which function it is; a part that is not known is empty. */
    record Function(String name, String namespace, String revision, String sandbox, String uid) {}
}
