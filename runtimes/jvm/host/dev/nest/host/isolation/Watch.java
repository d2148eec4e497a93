package dev.nest.host.isolation;

import java.util.concurrent.TimeUnit;

/** What is looked at about once a second: limits, the heap, Metaspace, closed loaders, layers that nobody uses. */
final class Watch {
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final HeapReserve reserve = new HeapReserve();
    private final Departures departures;
    private final LimitWatch limits;
    private final HeapWatch heap;
    private final Settings settings;
    private final Isolation isolation;

    Watch(Departures departures, Isolation.Listener listener, Settings settings, Isolation isolation) {
        this.departures = departures;
        this.settings = settings;
        this.isolation = isolation;
        limits = new LimitWatch(listener, settings);
        heap = new HeapWatch(isolation.memory(), listener, settings, reserve, departures::isWaiting);
    }

    void look() {
        guarded(() -> limits.look(isolation.openEnclosures()));
        guarded(() -> heap.look(isolation.openEnclosures()).ifPresent(isolation::taint));
        guarded(() -> isolation.layers().closeUnused(System.nanoTime(), LINGER_NANOS));
        guarded(departures::check);
        guarded(() -> TaintPolicy.metaspace(isolation.metaspace(), settings).ifPresent(isolation::taint));
    }

    /** What one look cannot do for want of memory, the others may. */
    private void guarded(Runnable look) {
        try {
            look.run();
        } catch (OutOfMemoryError full) {
            reserve.giveUp();
        }
    }
}
