package dev.nest.host.isolation;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** Keeps what the isolation reports, and waits for it. */
final class Reports implements Isolation.Listener {
    final Set<String> collected = ConcurrentHashMap.newKeySet();
    final Map<String, String> leaked = new ConcurrentHashMap<>();
    final Map<String, String> breached = new ConcurrentHashMap<>();
    final Map<String, String> tainted = new ConcurrentHashMap<>();

    @Override
    public void collected(String id) {
        tell(() -> collected.add(id));
    }

    @Override
    public void leaked(String id, String message) {
        tell(() -> leaked.put(id, message));
    }

    @Override
    public void breached(String id, String reason, String message) {
        tell(() -> breached.put(id, reason + ": " + message));
    }

    @Override
    public void tainted(String reason, String message) {
        tell(() -> tainted.put(reason, message));
    }

    private synchronized void tell(Runnable change) {
        change.run();
        notifyAll();
    }

    /** Waits until a condition on the reports holds; false when the time is over. */
    synchronized boolean await(BooleanSupplier condition, long seconds) throws InterruptedException {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!condition.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(Math.min(left, 100));
        }
        return true;
    }

    /**
     * Waits until all have their verdict, and helps by asking for collections; returns those that were not collected.
     */
    List<String> verdicts(Collection<String> ids, long seconds) throws InterruptedException {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        BooleanSupplier known = () -> ids.stream().allMatch(id -> collected.contains(id) || leaked.containsKey(id));
        while (!await(known, 2) && System.nanoTime() - deadline < 0) {
            System.gc();
        }
        return ids.stream().filter(id -> !collected.contains(id)).toList();
    }
}
