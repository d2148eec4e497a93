package dev.nest.host.isolation;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Threads that the JDK has for all (a common pool's, an HTTP client's, delayed completions') and that still run code of
 * a sandbox that ends: they are interrupted, then what they run is stopped; the JDK goes on, or makes others. A class
 * that another sandbox has by the same name counts as the other's.
 */
final class SharedThreads {
    private static final long NOTICED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int MOST_FRAMES = 256;

    private final PackageLoader loader;
    private final Predicate<String> isElsewhere;

    /**
     * Of one loader.
     *
     * @param isElsewhere whether another sandbox has defined a class of a name
     */
    SharedThreads(PackageLoader loader, Predicate<String> isElsewhere) {
        this.loader = loader;
        this.isElsewhere = isElsewhere;
    }

    /** Ends what they run; returns those that go on. */
    List<Thread> end() {
        List<Thread> running = running();
        running.forEach(ThreadFields::interrupt);
        List<Thread> left = await(running);
        left.forEach(SharedThreads::stop);
        return await(left);
    }

    private List<Thread> running() {
        return Arrays.stream(GroupThreads.all()).filter(SharedThreads::isShared).filter(this::runsOwn).toList();
    }

    private static boolean isShared(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        return group != null && group != Isolation.hostGroup() && EnclosureGroup.owner(group) == null;
    }

    private boolean runsOwn(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(ThreadFields.id(thread), MOST_FRAMES);
        return info != null && Arrays.stream(info.getStackTrace()).map(StackTraceElement::getClassName)
            .anyMatch(name -> !PlatformPackages.holds(name) && loader.hasDefined(name) && !isElsewhere.test(name));
    }

    private List<Thread> await(List<Thread> threads) {
        long deadline = System.nanoTime() + NOTICED_NANOS;
        List<Thread> left = threads;
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            left = left.stream().filter(Thread::isAlive).filter(this::runsOwn).toList();
        }
        return left;
    }

    @SuppressWarnings({"deprecation", "removal"})
    private static void stop(Thread thread) {
        thread.stop();
    }
}
