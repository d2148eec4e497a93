package dev.nest.host.isolation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Ends the threads of a sandbox: asks, interrupts, and as the last resort stops them. Bounded. */
final class ThreadEnding {
    private static final long INTERRUPTED_NANOS = TimeUnit.SECONDS.toNanos(2);

    private ThreadEnding() {
    }

    static Enclosure.Closed end(Enclosure enclosure) {
        enclosure.threads().shutdown();
        for (Thread thread : GroupThreads.of(enclosure.group())) {
            thread.interrupt();
        }
        List<String> names = new ArrayList<>();
        long deadline = System.nanoTime() + INTERRUPTED_NANOS;
        for (Thread thread : GroupThreads.of(enclosure.group())) {
            if (!ended(thread, deadline)) {
                names.add(thread.getName());
            }
        }
        return new Enclosure.Closed(!names.isEmpty(), names);
    }

    private static boolean ended(Thread thread, long deadline) {
        try {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            thread.join(Math.max(1, left));
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
