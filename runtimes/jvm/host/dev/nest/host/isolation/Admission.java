package dev.nest.host.isolation;

import java.util.Optional;

/**
 * Whether one more sandbox fits. Pure. What it will need is estimated from those that are loaded and from the size of
 * its package.
 */
final class Admission {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    /** Of Metaspace: an empty loader has its first chunks. */
    private static final long LEAST_METASPACE = 128 * KIB;
    /** A large package does not load all of its classes. */
    private static final long MOST_OF_PACKAGE = 16 * MIB;
    private static final long LEAST_HEAP = 512 * KIB;
    /** Room that is kept for those which are loaded. */
    private static final double FILL = 0.9;

    /**
     * One pool of memory.
     *
     * @param used bytes; of the heap: after the last collection
     * @param most bytes; 0 or less: no bound
     * @param perSandbox what one has on average; 0 when not known
     */
    record Pool(long used, long most, long perSandbox) {
    }

    private Admission() {
    }

    /** Bytes of Metaspace that a package will need. */
    static long metaspaceNeed(long packageBytes, long perSandbox) {
        long ofPackage = Math.min(packageBytes / 2, MOST_OF_PACKAGE);
        return Math.max(LEAST_METASPACE, Math.min(Math.max(ofPackage, perSandbox), MOST_OF_PACKAGE));
    }

    /**
     * Why it does not fit; empty when it does.
     *
     * @param packageBytes of its classes and jars, layers that are loaded already not counted
     * @param memoryBytes what it says that it needs; 0: nothing
     */
    static Optional<String> refusal(long packageBytes, long memoryBytes, Pool metaspace, Pool heap) {
        if (heap.most > 0 && memoryBytes > heap.most) {
            return Optional.of("it asks for " + LimitPolicy.mebibytes(memoryBytes)
                + " of memory, and the heap of this JVM has "
                + LimitPolicy.mebibytes(heap.most));
        }
        long classes = metaspaceNeed(packageBytes, metaspace.perSandbox);
        if (metaspace.most > 0 && metaspace.used + classes > FILL * metaspace.most) {
            return Optional.of(text("Metaspace", classes, metaspace));
        }
        long objects = Math.max(LEAST_HEAP, heap.perSandbox);
        return heap.most > 0 && heap.used + objects > FILL * heap.most ? Optional.of(text("heap", objects, heap))
            : Optional.empty();
    }

    private static String text(String name, long need, Pool pool) {
        return "about " + kibibytes(need) + " of " + name + " are needed, and " + LimitPolicy.mebibytes(pool.used)
            + " of "
            + LimitPolicy.mebibytes(pool.most) + " are used (" + Math.round((1 - FILL) * 100) + " % are kept free)";
    }

    private static String kibibytes(long bytes) {
        return bytes < MIB ? bytes / KIB + " KiB" : LimitPolicy.mebibytes(bytes);
    }
}
