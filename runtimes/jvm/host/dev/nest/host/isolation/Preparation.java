package dev.nest.host.isolation;

import java.lang.reflect.Method;
import java.net.URLConnection;
import java.security.Policy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Makes the JVM ready for many: views, guard, and what would else be made by, and belong to, the first sandbox that
 * needs it.
 */
@SuppressWarnings("removal")
final class Preparation {
    private static final String PARALLELISM = "java.util.concurrent.ForkJoinPool.common.parallelism";
    private static final String LOGGING = "java.util.logging.manager";
    private static final long WARM_MILLIS = 5_000;

    private Preparation() {
    }

    static void run(Guard guard) {
        // With one common worker, CompletableFuture gives each asynchronous step a thread of the caller's group.
        setUnlessSet(PARALLELISM, "1");
        setUnlessSet(LOGGING, LogViews.class.getName());
        URLConnection.setDefaultUseCaches("jar", false);
        warm();
        log();
        EnvironmentView.install();
        SystemProperties.install();
        OutputView.install();
        ProviderViews.install();
        Policy.setPolicy(new HostPolicy());
        set(guard);
    }

    private static void setUnlessSet(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    /** On a thread of a group for what is shared: a thread that the JDK keeps for all is of that group. */
    private static void warm() {
        ThreadGroup shared = new ThreadGroup(Thread.currentThread().getThreadGroup().getParent(), "nest-shared");
        Thread thread = new Thread(shared, () -> {
            new CompletableFuture<>().completeOnTimeout(null, 1, TimeUnit.NANOSECONDS).join();
            ModuleLayer.boot().findModule("java.sql").ifPresent(there -> java.sql.DriverManager.drivers().count());
            ForkJoinPool.commonPool();
        }, "nest-warm", 0, false);
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(WARM_MILLIS);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        if (ForkJoinPool.getCommonPoolParallelism() != 1) {
            throw new IllegalStateException("the common pool has " + ForkJoinPool.getCommonPoolParallelism()
                + " workers: start the JVM with -D" + PARALLELISM + "=1");
        }
    }

    private static void log() {
        if (!(LogManager.getLogManager() instanceof LogViews)) {
            throw new IllegalStateException("java.util.logging was used too early: start the JVM with -D" + LOGGING
                + "=" + LogViews.class.getName());
        }
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(SandboxLogHandler.SHARED);
    }

    /** Without the JDK's warning about security managers, which would be the first thing in every log. */
    private static void set(Guard guard) {
        try {
            Method method = System.class.getDeclaredMethod("implSetSecurityManager", SecurityManager.class);
            method.setAccessible(true);
            method.invoke(null, guard);
        } catch (ReflectiveOperationException error) {
            System.setSecurityManager(guard);
        }
    }
}
