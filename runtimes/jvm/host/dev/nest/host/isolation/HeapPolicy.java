package dev.nest.host.isolation;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What to do when the heap stays full after a collection. Who holds an object cannot be told in a shared heap, so the
 * sandbox that has allocated most since the heap was last well is held to be the cause; one that has allocated little
 * is not. Pure.
 */
final class HeapPolicy {
    /**
     * The share of the heap that a sandbox must have allocated to count as a cause. Less than there is between a heap
     * that is well and one that is full: who fills it slowly has allocated no more than that when it is looked at.
     */
    static final double LEAST_PART = 0.02;
    /** How many sandboxes are ended for it before the JVM is to be replaced. */
    static final int MOST_ENDED = 3;

    /**
     * One sandbox.
     *
     * @param allocatedBytes since the heap was last well
     */
    record Suspect(String id, long allocatedBytes) {
    }

    /** What to do. */
    enum Step {
        NOTHING, REFUSE, END, REPLACE
    }

    /**
     * A decision.
     *
     * @param id whom it meets; null for nobody
     */
    record Decision(Step step, String id) {
    }

    private HeapPolicy() {
    }

    /**
     * Whether nobody who has allocated until now can be the cause of a heap that is full later: also where all that is
     * young comes to stay.
     *
     * @param used bytes of the whole heap, of what is young too
     * @param most bytes of the part where objects are that stay
     */
    static boolean isWell(long used, long most, Settings settings) {
        return JvmMemory.share(used, most) < settings.heapShare();
    }

    /**
     * Decides after a collection.
     *
     * @param share of the heap that is still used
     * @param most bytes of the heap
     * @param ended how many sandboxes were ended for it since the heap was last well
     */
    static Decision decide(double share, long most, List<Suspect> suspects, int ended, Settings settings) {
        if (share < settings.heapShare()) {
            return new Decision(Step.NOTHING, null);
        }
        Optional<Suspect> worst = suspects.stream().filter(each -> each.allocatedBytes >= LEAST_PART * most)
            .max(Comparator.comparingLong(Suspect::allocatedBytes).thenComparing(Suspect::id));
        if (share < settings.heapFullShare()) {
            return worst.map(each -> new Decision(Step.REFUSE, each.id)).orElse(new Decision(Step.NOTHING, null));
        }
        return ended >= MOST_ENDED || worst.isEmpty() ? new Decision(Step.REPLACE, null)
            : new Decision(Step.END, worst.get().id);
    }
}
