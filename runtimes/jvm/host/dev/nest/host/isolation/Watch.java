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
        heap = new HeapWatch(isolation.memory(), listener, settings, reserve);
    }

    void look() {
        try {
            lookAtAll();
        } catch (OutOfMemoryError full) {
            reserve.giveUp();
        }
    }

    private void lookAtAll() {
        limits.look(isolation.openEnclosures());
        heap.look(isolation.openEnclosures()).ifPresent(isolation::taint);
        isolation.layers().closeUnused(System.nanoTime(), LINGER_NANOS);
        departures.check();
        TaintPolicy.metaspace(isolation.metaspace(), settings).ifPresent(isolation::taint);
    }
}
