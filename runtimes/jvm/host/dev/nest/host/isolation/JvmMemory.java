package dev.nest.host.isolation;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Arrays;
import java.util.List;

/** How much heap and Metaspace this JVM uses, and may use. */
final class JvmMemory {
    private final MemoryPoolMXBean metaspace;
    private final MemoryPoolMXBean old;
    private final List<GarbageCollectorMXBean> oldCollectors;

    JvmMemory() {
        List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans();
        metaspace = pools.stream().filter(each -> each.getName().equals("Metaspace")).findFirst().orElseThrow();
        List<MemoryPoolMXBean> heap = pools.stream().filter(each -> each.getType() == MemoryType.HEAP).toList();
        old = heap.stream().filter(each -> each.getName().matches(".*(Tenured|Old).*")).findFirst()
            .orElse(heap.get(heap.size() - 1));
        oldCollectors = ManagementFactory.getGarbageCollectorMXBeans().stream()
            .filter(each -> Arrays.asList(each.getMemoryPoolNames()).contains(old.getName())).toList();
    }

    MemoryUsage heap() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    }

    MemoryUsage metaspace() {
        return metaspace.getUsage();
    }

    /** Of the heap, where objects are that live longer: its fill shows whether the heap is full. */
    MemoryUsage old() {
        return old.getUsage();
    }

    /** The same, as it was after the last collection of all of it; nothing used where there was none. */
    MemoryUsage oldAfterCollection() {
        MemoryUsage after = old.getCollectionUsage();
        return after == null ? old.getUsage() : after;
    }

    /** How often all of it was collected. */
    long collections() {
        return oldCollectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    }

    static double share(long used, long most) {
        return most <= 0 ? 0 : (double) used / most;
    }
}
