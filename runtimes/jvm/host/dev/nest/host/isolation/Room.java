package dev.nest.host.isolation;

import java.lang.management.MemoryUsage;
import java.util.Optional;

/** How much room there is for one more sandbox: measures for {@link Admission}. */
final class Room {
    private static final long COLLECTION_GAP_NANOS = 10_000_000_000L;

    private final JvmMemory memory;
    private volatile long emptyMetaspace;
    private long collectedAt = System.nanoTime() - COLLECTION_GAP_NANOS;

    Room(JvmMemory memory) {
        this.memory = memory;
        emptyMetaspace = memory.metaspace().getUsed();
    }

    /** Why one more does not fit; empty when it does. Asks for a collection before it refuses, but not often. */
    synchronized Optional<String> refusal(long packageBytes, long memoryBytes, int sandboxes) {
        Optional<String> first = look(packageBytes, memoryBytes, sandboxes);
        if (first.isPresent() && System.nanoTime() - collectedAt >= COLLECTION_GAP_NANOS) {
            System.gc();
            collectedAt = System.nanoTime();
            return look(packageBytes, memoryBytes, sandboxes);
        }
        return first;
    }

    private Optional<String> look(long packageBytes, long memoryBytes, int sandboxes) {
        MemoryUsage metaspace = memory.metaspace();
        MemoryUsage old = memory.old();
        long heapPerSandbox = sandboxes == 0 ? 0 : memory.oldAfterCollection().getUsed() / sandboxes;
        return Admission.refusal(packageBytes, memoryBytes,
            new Admission.Pool(metaspace.getUsed(), metaspace.getMax(), metaspacePerSandbox(sandboxes)),
            new Admission.Pool(old.getUsed(), old.getMax(), Math.min(heapPerSandbox, old.getMax() / 16)));
    }

    /** So much more is used for good, and is no sandbox's own. */
    synchronized void keep(long metaspaceBytes) {
        emptyMetaspace += Math.max(0, metaspaceBytes);
    }

    /** What one has on average, what the host itself uses not counted. */
    long metaspacePerSandbox(int sandboxes) {
        return sandboxes == 0 ? 0 : Math.max(0, memory.metaspace().getUsed() - emptyMetaspace) / sandboxes;
    }
}
