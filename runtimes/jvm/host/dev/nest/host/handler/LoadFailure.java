package dev.nest.host.handler;

/** A load that failed for a reason that is already in the words of the function's author. */
public final class LoadFailure extends Exception {
    private static final long serialVersionUID = 1;
    private final String reason;

    public LoadFailure(String reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** @param cause whose stack inside the function is told too */
    public LoadFailure(String reason, String message, Throwable cause) {
        super(message, cause, false, false);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
