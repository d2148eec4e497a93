package dev.nest.host.sandbox;

import dev.nest.function.Logger;
import dev.nest.host.handler.Trace;
import java.util.IllegalFormatException;

/** The logger of a sandbox's contexts. */
final class SandboxLogger implements Logger {
    private final LogWriter log;

    SandboxLogger(LogWriter log) {
        this.log = log;
    }

    @Override
    public void debug(String format, Object... arguments) {
        print("stdout", "debug", text(format, arguments));
    }

    @Override
    public void info(String format, Object... arguments) {
        print("stdout", "info", text(format, arguments));
    }

    @Override
    public void warn(String format, Object... arguments) {
        print("stderr", "warn", text(format, arguments));
    }

    @Override
    public void error(String format, Object... arguments) {
        print("stderr", "error", text(format, arguments));
    }

    @Override
    public void error(String message, Throwable error) {
        print("stderr", "error", String.valueOf(message));
        stack(error);
    }

    /** The stack, a line each. */
    void stack(Throwable error) {
        Trace.forLog(error).forEach((line) -> log.line("stderr", "error", null, line));
    }

    private void print(String stream, String level, String text) {
        text.lines().forEach((line) -> log.line(stream, level, null, line));
        if (text.isEmpty()) {
            log.line(stream, level, null, "");
        }
    }

    private static String text(String format, Object... arguments) {
        if (arguments == null || arguments.length == 0) {
            return String.valueOf(format);
        }
        try {
            return String.format(format, arguments);
        } catch (IllegalFormatException error) {
            // A wrong format is no reason to lose the line.
            return format + " " + java.util.Arrays.toString(arguments);
        }
    }
}
