package dev.nest.host.isolation;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.logging.Handler;
import java.util.logging.Logger;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What a sandbox has registered with the JVM, which would hold its classes for good: found, and taken out. */
final class Registrations {
    private final Belonging belonging;
    private final ThreadGroup group;

    Registrations(Belonging belonging, ThreadGroup group) {
        this.belonging = belonging;
        this.group = group;
    }

    /** Takes out its shutdown hooks, which have not been started. */
    List<Thread> takeHooks() {
        List<Thread> own = new ArrayList<>();
        for (Thread each : hooks()) {
            if (group == each.getThreadGroup() || belonging.owns(each) || belonging.owns(ThreadFields.target(each))) {
                own.add(each);
            }
        }
        own.removeIf(each -> !Runtime.getRuntime().removeShutdownHook(each));
        return own;
    }

    /** A copy. Holds the JDK's monitor for no longer than that takes. */
    private static Thread[] hooks() {
        Class<?> type = Internals.type("java.lang.ApplicationShutdownHooks");
        var hooks = (Map<?, ?>) Internals.read(null, Internals.field(type, "hooks"));
        if (hooks == null) {
            return new Thread[0];
        }
        synchronized (type) {
            return hooks.keySet().toArray(new Thread[0]);
        }
    }

    /** JDBC drivers. */
    void dropDrivers() {
        if (ModuleLayer.boot().findModule("java.sql").isPresent()) {
            var drivers =
                (Collection<?>) Internals.read(null,
                Internals.field(Internals.type("java.sql.DriverManager"), "registeredDrivers"));
            Class<?> info = Internals.type("java.sql.DriverInfo");
            List<Object> own = new ArrayList<>();
            for (Object each : drivers) {
                if (belonging.owns(Internals.read(each, Internals.field(info, "driver")))
                    || belonging.owns(Internals.read(each, Internals.field(info, "da")))) {
                    own.add(each);
                }
            }
            own.forEach(drivers::remove);
        }
    }

    /**
     * MBeans of its classes, if there is a server for them at all. Calls their {@code preDeregister}: on a thread of
     * the sandbox's.
     */
    void dropBeans() {
        Field field = Internals.field(ManagementFactory.class, "platformMBeanServer");
        if (Internals.read(null, field) instanceof MBeanServer server) {
            for (ObjectName name : server.queryNames(null, null)) {
                try {
                    if (belonging.isBelow(server.getClassLoaderFor(name))) {
                        server.unregisterMBean(name);
                    }
                } catch (JMException gone) {
                    // it was unregistered meanwhile, or says that it will not be
                }
            }
        }
    }

    /** Caches of the JDK that are keyed by class or loader. */
    void dropCaches(PackageLoader loader) {
        ResourceBundle.clearCache(loader);
        if (ModuleLayer.boot().findModule("java.desktop").isPresent()) {
            java.beans.Introspector.flushCaches();
        }
        Field random = Internals.field(Internals.type("sun.security.jca.JCAUtil"), "def");
        if (Internals.read(null, random) instanceof java.security.SecureRandom shared
            && belonging.owns(shared.getProvider())) {
            Internals.write(null, random, null);
        }
    }

    /** Handlers that it has put on loggers which live on. */
    void dropLogHandlers(List<PackageLoader> layers) {
        drop(Logger.getGlobal());
        drop(Logger.getLogger(""));
        for (PackageLoader layer : layers) {
            layer.logView().loggers().forEach(this::drop);
        }
    }

    private void drop(Logger logger) {
        for (Handler handler : logger.getHandlers()) {
            if (belonging.owns(handler) || belonging.owns(handler.getFormatter())
                || belonging.owns(handler.getFilter())) {
                logger.removeHandler(handler);
            }
        }
        if (belonging.owns(logger.getFilter())) {
            logger.setFilter(null);
        }
    }

    /** Signal handlers: the signals are then ignored. */
    void dropSignals() {
        Class<?> type = Internals.type("jdk.internal.misc.Signal");
        if (Internals.read(null, Internals.field(type, "handlers")) instanceof Map<?, ?> handlers) {
            for (Object each : handlers.values().toArray()) {
                if (belonging.owns(each) || holdsOwn(each)) {
                    handlers.values().remove(each);
                }
            }
        }
    }

    private boolean holdsOwn(Object handler) {
        return new HeapWalk(belonging::owns, each -> each instanceof Class<?>, 100, 5_000_000).from("handler", handler)
            .path() != null;
    }
}
