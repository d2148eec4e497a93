package dev.nest.host.isolation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a sandbox that the host gives work to: none while idle, at most its limit, with its loader as the context's. */
final class EnclosureThreads {
    private static final int IDLE_SECONDS = 10;

    private final Enclosure enclosure;
    private final EnclosureGroup group;
    private final int most;
    private final ThreadPoolExecutor executor;
    private final AtomicInteger made = new AtomicInteger();
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    EnclosureThreads(Enclosure enclosure, EnclosureGroup group, int most) {
        this.enclosure = enclosure;
        this.group = group;
        this.most = most;
        executor = new ThreadPoolExecutor(0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), this::worker,
            (task, full) -> {
                throw new RejectedExecutionException(full.isShutdown() ? "the sandbox is being unloaded"
                    : "the sandbox has " + group.activeCount() + " live threads, as many as it may have (limits.threads)");
            });
    }

    /** The group is full: null, which the executor takes for a refusal. */
    private Thread worker(Runnable body) {
        return group.activeCount() >= most ? null : make(enclosure.spec().name() + "-" + made.incrementAndGet(), body);
    }

    private Thread make(String name, Runnable body) {
        Thread thread = new Thread(group, () -> {
            try {
                body.run();
            } finally {
                enclosure.meter().ended();
            }
        }, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(enclosure.loader());
        return thread;
    }

    void execute(Runnable task) {
        executor.execute(() -> {
            Thread thread = Thread.currentThread();
            running.add(thread);
            try {
                task.run();
            } finally {
                running.remove(thread);
                settle(thread);
            }
        });
    }

    /** Leaves nothing of a request to the next one on the same thread. */
    private void settle(Thread thread) {
        PackageLoader loader = enclosure.packageLoader();
        if (loader != null && thread.getContextClassLoader() != loader) {
            thread.setContextClassLoader(loader);
        }
        if (thread.getPriority() != Thread.NORM_PRIORITY) {
            thread.setPriority(Thread.NORM_PRIORITY);
        }
    }

    Thread start(String name, Runnable task) {
        Thread thread = make(enclosure.spec().name() + "-" + name, task);
        thread.start();
        return thread;
    }

    void interruptRunning() {
        running.forEach(Thread::interrupt);
    }

    /** Takes no more tasks and interrupts those that run. */
    void shutdown() {
        executor.shutdownNow();
    }
}
