package dev.nest.host.isolation;

import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Ends the threads of a sandbox: its shutdown hooks run; executors and timers are shut down; what remains is
 * interrupted, then its sockets are closed, then it is stopped. Each step is bounded. Tenant code runs on threads of
 * the sandbox's own only.
 */
final class ThreadEnding {
    private static final long HOOKS_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long INTERRUPTED_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long NOTICED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long STOPPED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int STOPS = 3;
    private static final int MOST_OBJECTS = 50_000;

    private final Enclosure enclosure;
    private final Belonging belonging;
    private final Set<Thread> ended = new HashSet<>();

    ThreadEnding(Enclosure enclosure, Belonging belonging) {
        this.enclosure = enclosure;
        this.belonging = belonging;
    }

    /** Runs hooks, each on its thread, as at the end of a JVM. */
    void runHooks(List<Thread> hooks) {
        if (hooks.isEmpty()) {
            return;
        }
        ended.addAll(hooks);
        onOwnThread(() -> {
            for (Thread hook : hooks) {
                try {
                    hook.start();
                } catch (IllegalThreadStateException startedBefore) {
                    // the tenant has started it as well
                }
            }
        });
        awaitAll(hooks.toArray(new Thread[0]), HOOKS_NANOS);
    }

    /** Ends all of them, and returns those that live on. */
    List<Thread> endThreads() {
        enclosure.threads().shutdown();
        Thread[] live = live();
        if (live.length == 0) {
            return List.of();
        }
        onOwnThread(() -> Arrays.stream(live).forEach(ThreadEnding::shutDownOwner));
        Arrays.stream(live()).forEach(ThreadFields::interrupt);
        awaitAll(live(), NOTICED_NANOS);
        if (Arrays.stream(live()).anyMatch(ThreadEnding::isInSocket)) {
            closeSockets();
        }
        awaitAll(live(), INTERRUPTED_NANOS);
        for (int round = 0; round < STOPS && live().length > 0; round++) {
            Arrays.stream(live()).filter(ThreadEnding::mayBeStopped).forEach(ThreadEnding::stop);
            awaitAll(live(), STOPPED_NANOS);
        }
        return List.of(live());
    }

    /** Those that have ended hold nothing: the JDK may hold an ended thread for long. */
    void forgetEnded() {
        ended.stream().filter(thread -> !thread.isAlive())
            .forEach(thread -> ThreadFields.setContextLoader(thread, null));
    }

    /** Runs something that may call tenant code, bounded. */
    void onOwnThread(Runnable task) {
        Thread thread = enclosure.threads().start("end", task);
        awaitAll(new Thread[] {thread}, INTERRUPTED_NANOS);
    }

    private Thread[] live() {
        Thread[] live = GroupThreads.of(enclosure.group());
        ended.addAll(Arrays.asList(live));
        return live;
    }

    /** A worker of an executor, or a timer, ends with that only. */
    private static void shutDownOwner(Thread thread) {
        try {
            Object target = ThreadFields.target(thread);
            if (thread instanceof ForkJoinWorkerThread worker) {
                worker.getPool().shutdownNow();
            } else if (target != null && target.getClass().getName()
                .equals("java.util.concurrent.ThreadPoolExecutor$Worker")) {
                ((ThreadPoolExecutor) Internals.read(target, Internals.field(target.getClass(), "this$0")))
                    .shutdownNow();
            } else if (thread.getClass().getName().equals("java.util.TimerThread")) {
                endTimer(thread);
            }
        } catch (RuntimeException refused) {
            // the tenant's own executor: it is interrupted with the rest
        }
    }

    private static void endTimer(Thread timer) {
        Object queue = Internals.read(timer, Internals.field(timer.getClass(), "queue"));
        synchronized (queue) {
            Internals.writeFlag(timer, Internals.field(timer.getClass(), "newTasksMayBeScheduled"), false);
            Object[] tasks = (Object[]) Internals.read(queue, Internals.field(queue.getClass(), "queue"));
            Arrays.fill(tasks, null);
            Internals.writeNumber(queue, Internals.field(queue.getClass(), "size"), 0);
            queue.notifyAll();
        }
    }

    private static boolean isInSocket(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(ThreadFields.id(thread), 1);
        return info != null && Arrays.stream(info.getStackTrace())
            .anyMatch(frame -> frame.getClassName().startsWith("sun.nio.ch."));
    }

    /** A thread in a socket's read or accept does not notice an interrupt: closes what its threads and classes hold. */
    private void closeSockets() {
        HeapWalk walk = new HeapWalk(each -> each instanceof Socket || each instanceof ServerSocket
            || each instanceof DatagramSocket,
            each -> each instanceof ThreadGroup || each instanceof ClassLoader other && !belonging.isBelow(other)
                || each instanceof Class<?> type && !belonging.isBelow(type.getClassLoader()), MOST_OBJECTS,
                    INTERRUPTED_NANOS);
        for (Thread thread : live()) {
            walk.from("thread", thread);
        }
        List<Object> sockets = walk.from("loader", enclosure.packageLoader()).all();
        onOwnThread(() -> {
            for (Object each : sockets) {
                try {
                    ((Closeable) each).close();
                } catch (IOException | RuntimeException error) {
                    // it is closed as far as it can be
                }
            }
        });
    }

    /** Not one that is inside the host's code, whose locks and files it would leave as they are at that moment. */
    private static boolean mayBeStopped(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(ThreadFields.id(thread), 64);
        if (info == null) {
            return false;
        }
        for (StackTraceElement frame : info.getStackTrace()) {
            String name = frame.getClassName();
            if (!PlatformPackages.holds(name)) {
                return !name.startsWith("dev.nest.host.") || name.startsWith(EnclosureThreads.class.getName());
            }
        }
        return true;
    }

    @SuppressWarnings({"deprecation", "removal"})
    private static void stop(Thread thread) {
        thread.stop();
    }

    private static void awaitAll(Thread[] threads, long nanos) {
        long deadline = System.nanoTime() + nanos;
        for (Thread thread : threads) {
            try {
                while (thread.isAlive() && System.nanoTime() - deadline < 0) {
                    thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
                }
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
