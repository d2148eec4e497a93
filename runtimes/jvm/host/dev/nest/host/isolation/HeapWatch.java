package dev.nest.host.isolation;

import java.lang.management.MemoryUsage;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Looks at the heap after each collection of all of it, and carries out what {@link HeapPolicy} decides. Used by one
 * thread.
 */
final class HeapWatch {
    private static final long ENDING_NANOS = 30_000_000_000L;
    private static final long ASK_NANOS = 10_000_000_000L;

    private final JvmMemory memory;
    private final Isolation.Listener listener;
    private final Settings settings;
    private final HeapReserve reserve;
    private final Predicate<String> isUncollected;
    private final Map<String, Long> whenWell = new HashMap<>();
    private long collections;
    private long askedAt = System.nanoTime();
    private int ended;
    private Enclosure ending;
    private long endingSince;

    HeapWatch(JvmMemory memory, Isolation.Listener listener, Settings settings, HeapReserve reserve,
        Predicate<String> isUncollected) {
        this.isUncollected = isUncollected;
        this.memory = memory;
        this.reserve = reserve;
        this.listener = listener;
        this.settings = settings;
        collections = memory.collections();
    }

    /** Returns why the JVM is to be replaced, if it is. */
    Optional<TaintPolicy.Taint> look(Collection<Enclosure> open) {
        MemoryUsage old = memory.old();
        if (JvmMemory.share(old.getUsed(), old.getMax()) < settings.heapShare()) {
            reserve.keep(old.getUsed(), old.getMax());
            well(open);
            return Optional.empty();
        }
        if (JvmMemory.share(old.getUsed(), old.getMax()) >= settings.heapFullShare()) {
            reserve.giveUp();
        }
        if (isEnding(open) || !isCollected()) {
            return Optional.empty();
        }
        MemoryUsage after = memory.oldAfterCollection();
        double share = JvmMemory.share(after.getUsed(), after.getMax());
        List<HeapPolicy.Suspect> suspects = open.stream().map(each -> new HeapPolicy.Suspect(each.id(),
            each.meter().last().allocatedBytes() - whenWell.getOrDefault(each.id(), 0L))).toList();
        return carryOut(HeapPolicy.decide(share, after.getMax(), suspects, ended, settings), share, after.getMax(),
            open);
    }

    /**
     * Whether there was a collection since the last decision. Asks for one where nobody else does: a full heap may be
     * garbage.
     */
    private boolean isCollected() {
        long now = System.nanoTime();
        if (memory.collections() == collections && now - askedAt >= ASK_NANOS) {
            askedAt = now;
            System.gc();
        }
        long seen = memory.collections();
        boolean isNew = seen != collections;
        collections = seen;
        return isNew;
    }

    private void well(Collection<Enclosure> open) {
        ended = 0;
        ending = null;
        open.forEach(each -> each.refuseForHeap(null));
        if (HeapPolicy.isWell(memory.heap().getUsed(), memory.old().getMax(), settings)) {
            whenWell.clear();
            open.forEach(each -> whenWell.put(each.id(), each.meter().last().allocatedBytes()));
        }
    }

    /** Whether one that is to go still holds its memory; it is waited for, but not for ever. */
    private boolean isEnding(Collection<Enclosure> open) {
        return ending != null && (open.contains(ending) || isUncollected.test(ending.id()))
            && System.nanoTime() - endingSince < ENDING_NANOS;
    }

    private Optional<TaintPolicy.Taint> carryOut(HeapPolicy.Decision decision, double share, long most,
        Collection<Enclosure> open) {
        Function<String, Enclosure> find = id -> open.stream().filter(each -> Objects.equals(each.id(), id)).findFirst()
            .orElseThrow();
        String message = Math.round(share * 100) + " % of " + LimitPolicy.mebibytes(most)
            + " of the heap are used after a collection, and it has allocated most since that was less";
        switch (decision.step()) {
            case REFUSE -> find.apply(decision.id()).refuseForHeap(message);
            case END -> {
                ending = find.apply(decision.id());
                endingSince = System.nanoTime();
                ended++;
                ending.refuseForHeap(message);
                ending.interruptTasks();
                listener.breached(decision.id(), "MemoryLimitExceeded", message);
            }
            case REPLACE -> {
                return Optional.of(TaintPolicy.heap(share, most));
            }
            case NOTHING -> {
                // well enough
            }
        }
        return Optional.empty();
    }
}
