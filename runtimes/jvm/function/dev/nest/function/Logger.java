package dev.nest.function;

/**
 * Lines of the function's log, with level and request. Format strings are {@link String#format}'s; without arguments
 * the text is taken as it is.
 */
public interface Logger {
    void debug(String format, Object... arguments);

    void info(String format, Object... arguments);

    void warn(String format, Object... arguments);

    void error(String format, Object... arguments);

    /** The message, and the stack of the error. */
    void error(String message, Throwable error);
}
