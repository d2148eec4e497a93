package dev.nest.host.isolation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads of a sandbox that the host gives work to: none while idle, at most its limit, with its loader as the
 * context's. The one that was used last is used first, so that those which a burst needed end when it is over. Where no
 * thread can be added, a task waits for one.
 */
final class EnclosureThreads {
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final class Worker implements Runnable {
        private Runnable task;
        private Thread thread;

        Worker(Runnable first) {
            task = first;
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            try {
                for (Runnable each = task; each != null; each = next(this)) {
                    runOne(each);
                    settle(thread);
                }
            } finally {
                gone(this);
            }
        }

        /** What a task throws ends the task, not the thread. */
        private void runOne(Runnable each) {
            try {
                each.run();
            } catch (ThreadDeath stopped) {
                throw stopped;
            } catch (Throwable error) {
                group.uncaughtException(thread, error);
            }
        }
    }

    private final Enclosure enclosure;
    private final EnclosureGroup group;
    private final int most;
    private final Set<Worker> live = new HashSet<>();
    private final Deque<Worker> idle = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private boolean closed;
    private int made;

    EnclosureThreads(Enclosure enclosure, EnclosureGroup group, int most) {
        this.enclosure = enclosure;
        this.group = group;
        this.most = most;
    }

    /**
     * Runs a task; refused when closed, when no thread can be made for it, or when as many wait as there may be
     * threads.
     */
    void execute(Runnable task) {
        Worker started;
        synchronized (this) {
            if (closed) {
                throw new RejectedExecutionException("the sandbox is being unloaded");
            }
            Worker free = idle.pollFirst();
            if (free != null) {
                free.task = task;
                LockSupport.unpark(free.thread);
                return;
            }
            if (GroupThreads.count(group) >= most || live.size() >= most) {
                if (live.isEmpty() || waiting.size() >= most) {
                    throw new RejectedExecutionException("the function has " + GroupThreads.count(group)
                        + " live threads, as many as a function of a JVM may have");
                }
                waiting.addLast(task);
                return;
            }
            started = new Worker(task);
            live.add(started);
            made++;
        }
        begin(started);
    }

    private void begin(Worker worker) {
        try {
            make(enclosure.spec().name() + "-" + made, worker).start();
        } catch (Throwable error) {
            gone(worker);
            throw error;
        }
    }

    /** What a worker does next; null when it is to end. */
    private Runnable next(Worker worker) {
        long deadline = System.nanoTime() + IDLE_NANOS;
        synchronized (this) {
            worker.task = waiting.pollFirst();
            if (worker.task == null && !closed) {
                idle.addFirst(worker);
            }
        }
        while (true) {
            synchronized (this) {
                if (worker.task != null) {
                    return worker.task;
                }
                if (closed || System.nanoTime() - deadline >= 0) {
                    idle.remove(worker);
                    return null;
                }
            }
            LockSupport.parkNanos(this, Math.max(1, deadline - System.nanoTime()));
            Thread.interrupted();
        }
    }

    private synchronized void gone(Worker worker) {
        live.remove(worker);
        idle.remove(worker);
    }

    private Thread make(String name, Runnable body) {
        Thread thread = new Thread(group, () -> {
            try {
                body.run();
            } finally {
                enclosure.meter().ended();
                ThreadFields.setContextLoader(Thread.currentThread(), null);
            }
        }, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(enclosure.loader());
        return thread;
    }

    /** Leaves nothing of a task to the next one on the same thread. */
    private void settle(Thread thread) {
        Thread.interrupted();
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

    /** Interrupts the threads that run a task. */
    void interruptRunning() {
        List<Thread> busy = new ArrayList<>();
        synchronized (this) {
            for (Worker worker : live) {
                if (worker.thread != null && !idle.contains(worker)) {
                    busy.add(worker.thread);
                }
            }
        }
        busy.forEach(Thread::interrupt);
    }

    /** Takes no more tasks, drops those that wait, and lets idle threads end. */
    synchronized void shutdown() {
        closed = true;
        waiting.clear();
        idle.forEach(worker -> LockSupport.unpark(worker.thread));
    }
}
