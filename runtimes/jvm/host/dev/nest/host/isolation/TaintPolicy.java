package dev.nest.host.isolation;

import java.util.Optional;

/** Whether this JVM is to be replaced by a fresh one. Pure. */
final class TaintPolicy {
    /**
     * Why, in a word and in a sentence.
     *
     * @param reason {@code StuckThread}, {@code MetaspaceLeaked}, {@code MetaspaceFull} or {@code HeapFull}
     */
    record Taint(String reason, String message) {
    }

    /**
     * What the JVM looks like.
     *
     * @param committed bytes of Metaspace
     * @param most bytes that it may have; 0 or less: no bound
     * @param leaked sandboxes whose loaders were not collected
     * @param perSandbox bytes of Metaspace that one has, on average
     */
    record Metaspace(long committed, long most, int leaked, long perSandbox) {
    }

    private TaintPolicy() {
    }

    static Optional<Taint> metaspace(Metaspace seen, Settings settings) {
        if (seen.most <= 0) {
            return Optional.empty();
        }
        long held = seen.leaked * seen.perSandbox;
        if (seen.leaked > 0 && held >= settings.leakedShare() * seen.most) {
            return Optional.of(new Taint("MetaspaceLeaked", seen.leaked
                + " unloaded sandboxes were not collected and hold about "
                + LimitPolicy.mebibytes(held) + " of " + LimitPolicy.mebibytes(seen.most) + " of Metaspace"));
        }
        if (seen.committed >= settings.metaspaceShare() * seen.most) {
            return Optional.of(new Taint("MetaspaceFull", LimitPolicy.mebibytes(seen.committed) + " of "
                + LimitPolicy.mebibytes(seen.most)
                + " of Metaspace are committed"));
        }
        return Optional.empty();
    }

    static Taint stuck(String sandbox, java.util.List<String> threads) {
        return new Taint("StuckThread", "of the sandbox " + sandbox + " " + threads.size()
            + (threads.size() == 1 ? " thread" : " threads") + " could not be ended: " + String.join(", ", threads));
    }

    static Taint heap(double share, long most) {
        return new Taint("HeapFull", Math.round(share * 100) + " % of " + LimitPolicy.mebibytes(most)
            + " of heap are used after a collection, and ending sandboxes has not helped");
    }
}
