package dev.nest.host.isolation;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The isolation's own threads: one that looks at things, and a few, while needed, that close sandboxes. */
final class HostThreads {
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int CLOSERS = 4;
    private static final long IDLE_SECONDS = 5;

    private final ThreadGroup group;
    private final ThreadPoolExecutor closers;

    HostThreads(ThreadGroup group) {
        this.group = group;
        closers = new ThreadPoolExecutor(CLOSERS, CLOSERS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
            body -> make("nest-close", body));
        closers.allowCoreThreadTimeOut(true);
    }

    ExecutorService closers() {
        return closers;
    }

    /** Runs a look about once a second, for good. What it throws is told, and the next one follows. */
    void watch(Runnable look) {
        make("nest-watch", () -> {
            while (true) {
                LockSupport.parkNanos(this, TICK_NANOS);
                Thread.interrupted();
                try {
                    look.run();
                } catch (Throwable error) {
                    tell(error);
                }
            }
        }).start();
    }

    /** Nothing ends the watch, also where there is no memory left to say so. */
    private static void tell(Throwable error) {
        try {
            StackText.lines("The isolation's watch goes on after an error", error).forEach(System.err::println);
        } catch (Throwable again) {
            Thread.yield();
        }
    }

    /** On the host's account, also where a tenant's code is on the stack. */
    @SuppressWarnings("removal")
    private Thread make(String name, Runnable body) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
            Thread thread = new Thread(group, body, name, 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(HostThreads.class.getClassLoader());
            return thread;
        });
    }
}
