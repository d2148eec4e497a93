package dev.nest.host.isolation;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * Adds up what the threads of one group use. A thread of the host's making is counted exactly; one that the tenant made
 * is counted as it was when last seen, so that what it used between then and its end is lost.
 */
final class Meter {
    private static final com.sun.management.ThreadMXBean THREADS =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Enclosure.Usage NOTHING = new Enclosure.Usage(0, 0, 0);

    private record Seen(long cpuNanos, long allocatedBytes) {
    }

    private final ThreadGroup group;
    private final Map<Long, Seen> live = new HashMap<>();
    private Seen over = new Seen(0, 0);
    private Enclosure.Usage last = NOTHING;

    Meter(ThreadGroup group) {
        this.group = group;
    }

    /** Looks at the live threads. */
    synchronized Enclosure.Usage sample() {
        Thread[] threads = GroupThreads.of(group);
        if (threads.length == 0 && live.isEmpty()) {
            last = new Enclosure.Usage(last.cpuNanos(), last.allocatedBytes(), 0);
            return last;
        }
        long[] ids = new long[threads.length];
        for (int index = 0; index < ids.length; index++) {
            ids[index] = ThreadFields.id(threads[index]);
        }
        long[] cpu = THREADS.getThreadCpuTime(ids);
        long[] bytes = THREADS.getThreadAllocatedBytes(ids);
        Map<Long, Seen> now = new HashMap<>();
        for (int index = 0; index < ids.length; index++) {
            if (cpu[index] >= 0) {
                now.put(ids[index], new Seen(cpu[index], Math.max(0, bytes[index])));
            }
        }
        live.forEach((id, seen) -> {
            if (!now.containsKey(id)) {
                over = sum(over, seen);
            }
        });
        live.clear();
        live.putAll(now);
        Seen total = live.values().stream().reduce(over, Meter::sum);
        last = new Enclosure.Usage(total.cpuNanos(), total.allocatedBytes(), threads.length);
        return last;
    }

    /** What the last look showed. */
    synchronized Enclosure.Usage last() {
        return last;
    }

    /** The calling thread is about to end: its figures are final. */
    synchronized void ended() {
        live.remove(ThreadFields.id(Thread.currentThread()));
        long id = ThreadFields.id(Thread.currentThread());
        over = sum(over,
            new Seen(Math.max(0, THREADS.getCurrentThreadCpuTime()), Math.max(0, THREADS.getThreadAllocatedBytes(id))));
    }

    private static Seen sum(Seen one, Seen other) {
        return new Seen(one.cpuNanos + other.cpuNanos, one.allocatedBytes + other.allocatedBytes);
    }
}
