package dev.nest.host.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Properties;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * {@code java.util.logging} for many: each sandbox, and each set of layers, has loggers, levels and handlers of its
 * own. Whose a logger is depends on whose code asks for it. The JVM makes it ({@code -Djava.util.logging.manager}).
 */
public final class LogViews extends LogManager {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final int MOST_FRAMES = 64;

    /** Made by the JVM. */
    public LogViews() {
        super();
    }

    /** That of the code that asks; null for the host's. */
    private static LogView view() {
        Enclosure thread = Enclosure.ofThread();
        PackageLoader caller = thread == null && !Isolation.isInstalled() ? null
            : STACK.walk(frames -> frames.limit(MOST_FRAMES)
            .map(frame -> StackOwner.packageLoader(frame.getDeclaringClass().getClassLoader()))
            .filter(loader -> loader != null).findFirst().orElse(null));
        if (caller != null) {
            return caller.logView();
        }
        PackageLoader own = thread == null ? null : thread.packageLoader();
        return own == null ? null : own.logView();
    }

    @Override
    public boolean addLogger(Logger logger) {
        LogView view = view();
        return view == null ? super.addLogger(logger) : view.add(logger);
    }

    @Override
    public Logger getLogger(String name) {
        LogView view = view();
        return view == null ? super.getLogger(name) : view.get(name);
    }

    @Override
    public Enumeration<String> getLoggerNames() {
        LogView view = view();
        return view == null ? super.getLoggerNames() : Collections.enumeration(view.names());
    }

    @Override
    public String getProperty(String name) {
        LogView view = view();
        return view == null ? super.getProperty(name) : view.property(name);
    }

    /** The host's has no file: levels are the defaults, and the handler is set at boot. */
    @Override
    public void readConfiguration() {
        // nothing to read
    }

    @Override
    public void readConfiguration(InputStream stream) throws IOException {
        Properties read = new Properties();
        read.load(stream);
        LogView view = view();
        if (view != null) {
            view.configure(read);
        }
    }

    @Override
    public void updateConfiguration(Function<String, BiFunction<String, String, String>> mapper) {
        // nothing to read
    }

    @Override
    public void updateConfiguration(InputStream stream, Function<String, BiFunction<String, String, String>> mapper)
        throws IOException {
        readConfiguration(stream);
    }

    @Override
    public void reset() {
        LogView view = view();
        if (view == null) {
            super.reset();
        } else {
            view.reset();
        }
    }

    /** Listeners would be kept for good; a view is configured by its own code, which knows that it did. */
    @Override
    public LogManager addConfigurationListener(Runnable listener) {
        return this;
    }
}
