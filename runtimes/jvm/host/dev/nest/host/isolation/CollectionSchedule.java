package dev.nest.host.isolation;

import java.util.Collection;
import java.util.List;

/**
 * When to ask the JVM to collect, so that it shows which closed loaders are free. Pure. One collection serves all that
 * wait; between two there are some seconds, and at least fifty times as long as one takes.
 */
final class CollectionSchedule {
    static final long SECOND = 1_000_000_000L;
    /** The least time between two collections, as a share of the time until a verdict: 4 of 50 s. */
    private static final double GAP = 0.08;
    /** When a loader's collections are asked for: shares of the time until its verdict. */
    private static final List<Double> TRIES = List.of(0.02, 0.12, 0.32, 0.6, 0.9);
    private static final int LEAST_TRIES = 2;
    private static final int SHARE = 50;

    /**
     * One that waits.
     *
     * @param since when it was closed
     * @param tries collections that were asked for since
     */
    record Waiting(long since, int tries) {
    }

    private final long verdictNanos;

    CollectionSchedule(long verdictSeconds) {
        verdictNanos = verdictSeconds * SECOND;
    }

    /** Whether one counts as leaked: its time is over, and collections have not freed it. */
    boolean isOver(Waiting each, long now) {
        return now - each.since >= verdictNanos && each.tries >= LEAST_TRIES;
    }

    /** Whether to collect now. */
    boolean isDue(Collection<Waiting> all, long now, long lastAt, long lastTook) {
        if (now - lastAt < Math.max(GAP * verdictNanos, SHARE * lastTook)) {
            return false;
        }
        return all.stream()
            .anyMatch(each -> now - each.since >= TRIES.get(Math.min(each.tries, TRIES.size() - 1)) * verdictNanos);
    }
}
