package dev.nest.host.isolation;

import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The tree of loggers of one loader. Its root writes to the log of whatever sandbox's thread logs. */
final class LogView {
    private static final class Root extends Logger {
        Root() {
            super("", null);
        }
    }

    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();
    private final Logger root = new Root();
    private volatile Properties properties = new Properties();

    LogView() {
        root.setLevel(Level.INFO);
        root.setUseParentHandlers(false);
        root.addHandler(SandboxLogHandler.SHARED);
        loggers.put("", root);
    }

    Logger get(String name) {
        return name == null ? null : loggers.get(name);
    }

    /** All of them. */
    Collection<Logger> loggers() {
        return List.copyOf(loggers.values());
    }

    Collection<String> names() {
        return List.copyOf(loggers.keySet());
    }

    String property(String name) {
        return properties.getProperty(name);
    }

    /** False where a logger of that name is known. */
    synchronized boolean add(Logger logger) {
        String name = logger.getName();
        if (name == null || loggers.putIfAbsent(name, logger) != null) {
            return false;
        }
        level(logger);
        Logger parent = parent(name);
        logger.setParent(parent);
        String prefix = name + ".";
        loggers.forEach((each, other) -> {
            if (each.startsWith(prefix) && other.getParent() == parent) {
                other.setParent(logger);
            }
        });
        return true;
    }

    private Logger parent(String name) {
        for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            Logger found = loggers.get(name.substring(0, dot));
            if (found != null) {
                return found;
            }
        }
        return root;
    }

    /** Takes levels ({@code com.acme.level}, and {@code .level} for the root's); handlers stay as they are. */
    synchronized void configure(Properties read) {
        properties = read;
        loggers.values().forEach(this::level);
    }

    private void level(Logger logger) {
        String value = properties.getProperty(logger.getName() + ".level");
        if (value != null) {
            try {
                logger.setLevel(Level.parse(value.trim()));
            } catch (IllegalArgumentException unknown) {
                SandboxLogHandler.SHARED.note("java.util.logging: " + logger.getName() + ".level has no level \""
                    + value.trim() + "\"");
            }
        }
    }

    /** As at the start, but for the handler of the root's: takes off handlers and levels. */
    synchronized void reset() {
        properties = new Properties();
        for (Logger logger : loggers.values()) {
            for (Handler handler : logger.getHandlers()) {
                if (handler != SandboxLogHandler.SHARED) {
                    logger.removeHandler(handler);
                    handler.close();
                }
            }
            logger.setLevel(logger == root ? Level.INFO : null);
        }
    }
}
