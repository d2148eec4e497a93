package dev.nest.host.isolation;

import java.lang.reflect.Field;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Work of a sandbox that threads of the JDK's, made once for all, would still do or hold after its end. */
final class SharedWork {
    private static final int MOST_OBJECTS = 500;
    private static final long MOST_NANOS = 2_000_000_000;
    private static final int MOST_PASSES = 10;
    private static final int MOST_TASKS = 10_000;
    private static final Runnable NOTHING = () -> { };

    private final Belonging belonging;

    SharedWork(Belonging belonging) {
        this.belonging = belonging;
    }

    /** Takes delayed completions of its futures from the timer that all futures share. */
    void dropDelayed() {
        Object delayer =
            Internals.read(null, Internals.field(Internals.type("java.util.concurrent.CompletableFuture$Delayer"),
            "delayer"));
        BlockingQueue<Runnable> queue = ((ScheduledThreadPoolExecutor) delayer).getQueue();
        int seen = 0;
        for (Runnable task : queue.toArray(new Runnable[0])) {
            if (seen++ < MOST_TASKS && reaches(task)) {
                queue.remove(task);
            }
        }
    }

    private boolean reaches(Object task) {
        return new HeapWalk(this::isHeld, each -> each instanceof Thread || each instanceof ScheduledThreadPoolExecutor
            || each instanceof Class<?>, MOST_OBJECTS, MOST_NANOS).from("task", task).path() != null;
    }

    /** Its own, or a thread that has its loader: one that has ended keeps it. */
    private boolean isHeld(Object object) {
        return belonging.owns(object) || object instanceof Thread thread
            && belonging.isBelow(ThreadFields.contextLoader(thread));
    }

    /**
     * Empties the cleaning actions that cleaners of its own would run, and those of its timers: each cleaner has a
     * thread, which holds them.
     */
    void dropCleanings(Thread[] live) {
        Class<?> implementation = Internals.type("jdk.internal.ref.CleanerImpl");
        Class<?> cleanable = Internals.type("jdk.internal.ref.PhantomCleanable");
        Class<?> action = Internals.type("jdk.internal.ref.CleanerImpl$PhantomCleanableRef");
        for (Thread thread : live) {
            Object target = ThreadFields.target(thread);
            if (target != null && target.getClass() == implementation) {
                Object list = Internals.read(target, Internals.field(implementation, "phantomCleanableList"));
                dropCleanings(list, cleanable, action);
            }
        }
    }

    /**
     * Without the list's monitor, which every thread that opens a file needs. What others take out meanwhile may end a
     * pass early.
     */
    private void dropCleanings(Object list, Class<?> cleanable, Class<?> action) {
        var next = Internals.field(cleanable, "next");
        var run = Internals.field(action, "action");
        for (int pass = 0; pass < MOST_PASSES && !isWalked(list, next, run, action); pass++) {
            Thread.onSpinWait();
        }
    }

    /** False where the walk met an entry that had been taken out, and so not the list's end. */
    private boolean isWalked(Object list, Field next, Field run, Class<?> action) {
        Object each = Internals.read(list, next);
        for (int seen = 0; each != list && seen < MOST_TASKS; seen++) {
            if (each.getClass() == action && mayBeOwn(Internals.read(each, run))
                && reaches(Internals.read(each, run))) {
                Internals.write(each, run, NOTHING);
            }
            Object following = Internals.read(each, next);
            if (following == null || following == each) {
                return false;
            }
            each = following;
        }
        return true;
    }

    /**
     * Actions of the JDK's for its own files and sockets hold nothing of a tenant's, and there are many; those of
     * timers hold a thread.
     */
    private static boolean mayBeOwn(Object action) {
        return action.getClass().getClassLoader() != null || action.getClass().getName().startsWith("java.util.Timer");
    }

    /**
     * Lets the JDK's serialization forget classes whose descriptors were collected: it does so when it is used next
     * only.
     */
    static void drainQueues() {
        try {
            Class<?> caches = Class.forName("java.io.ObjectStreamClass$Caches", false, null);
            var process = Internals.type("java.io.ClassCache").getDeclaredMethod("processQueue");
            process.setAccessible(true);
            if (Internals.isInitialized(caches)) {
                process.invoke(Internals.read(null, Internals.field(caches, "localDescs")));
                process.invoke(Internals.read(null, Internals.field(caches, "reflectors")));
            }
        } catch (ReflectiveOperationException | IllegalStateException otherJdk) {
            // an older JDK's caches are emptied by the collector alone
        }
    }

    /** Empties its values of thread-locals of threads that live on, and takes its loader from them. */
    void dropLocals(Thread[] live) {
        for (Thread thread : live) {
            if (belonging.isBelow(ThreadFields.contextLoader(thread))) {
                ThreadFields.setContextLoader(thread, ClassLoader.getPlatformClassLoader());
            }
            for (Object map : ThreadFields.locals(thread)) {
                if (map != null) {
                    dropLocals(map);
                }
            }
        }
    }

    private void dropLocals(Object map) {
        Object[] table = (Object[]) Internals.read(map, Internals.field(map.getClass(), "table"));
        for (Object entry : table) {
            if (entry != null) {
                var field = Internals.field(entry.getClass(), "value");
                Object value = Internals.read(entry, field);
                if (belonging.owns(value) || belonging.owns(((java.lang.ref.Reference<?>) entry).get())) {
                    Internals.write(entry, field, null);
                }
            }
        }
    }
}
