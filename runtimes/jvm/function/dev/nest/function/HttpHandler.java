package dev.nest.function;

/**
 * A function that answers HTTP requests. It has a public constructor without parameters; one instance serves all
 * requests, several at once.
 */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Answers one request. What has been written when it returns is the answer.
     *
     * @throws Exception anything: answered with 500, or the connection is broken when the answer had begun
     */
    void handle(HttpRequest request, HttpResponse response) throws Exception;
}
