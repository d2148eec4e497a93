package dev.nest.host.isolation;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/**
 * Writes records to the log of the sandbox whose thread logs; the host's to its error output. Has no state, so that all
 * may share it.
 */
final class SandboxLogHandler extends Handler {
    static final SandboxLogHandler SHARED = new SandboxLogHandler();

    private final SimpleFormatter formatter = new SimpleFormatter();

    private SandboxLogHandler() {
        setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord record) {
        if (record == null || !isLoggable(record)) {
            return;
        }
        String name = record.getLoggerName();
        String message = (name == null || name.isEmpty() ? "" : name + ": ") + formatter.formatMessage(record);
        Throwable thrown = record.getThrown();
        write(level(record.getLevel()), thrown == null ? message.lines().toList() : StackText.lines(message, thrown));
    }

    /** A line of the host's about the sandbox's own configuration. */
    void note(String message) {
        write("warn", List.of(message));
    }

    private static void write(String level, List<String> lines) {
        Enclosure current = Enclosure.current();
        for (String line : lines) {
            if (current == null) {
                System.err.println(line);
            } else {
                current.spec().log().line("stderr", level, null, line);
            }
        }
    }

    private static String level(Level level) {
        int value = level.intValue();
        return value >= Level.SEVERE.intValue() ? "error" : value >= Level.WARNING.intValue() ? "warn"
            : value >= Level.CONFIG.intValue() ? "info" : "debug";
    }

    /** Shared by all: nobody's to close or to set. */
    @Override
    public void close() {
        // nothing is open
    }

    @Override
    public void flush() {
        // nothing is kept
    }

    @Override
    public synchronized void setLevel(Level level) {
        if (getLevel() == Level.ALL && level != Level.ALL) {
            throw new SecurityException("The handler is shared with other functions: set the level of a logger");
        }
        super.setLevel(level);
    }
}
