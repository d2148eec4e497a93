package dev.nest.host.handler;

/** A function's handler, whatever it was written as, in the form in which requests are served. */
@FunctionalInterface
public interface Handler {
    /**
     * Answers one request. What has been prepared when it returns is the answer.
     *
     * @throws Throwable a Problem is answered as it says; anything else is the function's failure
     */
    void serve(Invocation invocation) throws Throwable;
}
