package dev.nest.host.isolation;

/** One more sandbox would not fit in this JVM. The message says how much is used of how much. */
public final class DoesNotFitException extends Exception {
    private static final long serialVersionUID = 1;

    DoesNotFitException(String message) {
        super(message);
    }
}
