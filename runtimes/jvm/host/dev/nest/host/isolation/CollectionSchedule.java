package dev.nest.host.isolation;

import java.util.Collection;
import java.util.List;

/**
 * When to ask the JVM to collect, so that it shows which closed loaders are free. Pure. One collection serves all that wait; between two there
 * are at least {@link #GAP_NANOS}, and fifty times as long as one takes.
 */
final class CollectionSchedule {
    static final long SECOND = 1_000_000_000L;
    static final long GAP_NANOS = 4 * SECOND;
    static final long VERDICT_NANOS = 50 * SECOND;
    private static final List<Long> TRIES = List.of(SECOND, 6 * SECOND, 16 * SECOND, 30 * SECOND, 45 * SECOND);
    private static final int SHARE = 50;

    /**
     * One that waits.
     *
     * @param since when it was closed
     * @param tries collections that were asked for since
     */
    record Waiting(long since, int tries) {
        /** Whether it counts as leaked: its time is over, and at least two collections have not freed it. */
        boolean isOver(long now) {
            return now - since >= VERDICT_NANOS && tries >= 2;
        }
    }

    private CollectionSchedule() {
    }

    /** Whether to collect now. */
    static boolean isDue(Collection<Waiting> all, long now, long lastAt, long lastTook) {
        if (now - lastAt < Math.max(GAP_NANOS, SHARE * lastTook)) {
            return false;
        }
        return all.stream().anyMatch(each -> now - each.since >= TRIES.get(Math.min(each.tries, TRIES.size() - 1)));
    }
}
