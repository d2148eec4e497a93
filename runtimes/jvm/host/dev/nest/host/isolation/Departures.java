package dev.nest.host.isolation;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Closed loaders until they are collected, or count as leaked. One that was leaked and is collected later no longer
 * counts.
 */
final class Departures {
    private static final class Departed extends PhantomReference<PackageLoader> {
        final String id;
        final long since;
        final WeakReference<PackageLoader> loader;
        int tries;

        Departed(String id, PackageLoader loader, long since, ReferenceQueue<PackageLoader> queue) {
            super(loader, queue);
            this.id = id;
            this.since = since;
            this.loader = new WeakReference<>(loader);
        }
    }

    private final ReferenceQueue<PackageLoader> queue = new ReferenceQueue<>();
    private final Set<Departed> waiting = new HashSet<>();
    private final Set<Departed> leaked = new HashSet<>();
    private final Isolation.Listener listener;
    private final Function<PackageLoader, String> holder;
    private final CollectionSchedule schedule;
    private long lastAt = System.nanoTime() - TimeUnit.MINUTES.toNanos(1);
    private long lastTook;

    /**
     * None yet.
     *
     * @param holder says in words what holds a loader
     * @param verdictSeconds after which one that was not collected counts as leaked
     */
    Departures(Isolation.Listener listener, Function<PackageLoader, String> holder, long verdictSeconds) {
        this.listener = listener;
        this.holder = holder;
        this.schedule = new CollectionSchedule(verdictSeconds);
    }

    /** A loader was closed. */
    synchronized void add(String id, PackageLoader loader) {
        waiting.add(new Departed(id, loader, System.nanoTime(), queue));
    }

    /** How many count as leaked. */
    synchronized int leaked() {
        return leaked.size();
    }

    /** Whether a closed sandbox waits for its verdict. */
    synchronized boolean isWaiting(String id) {
        return waiting.stream().anyMatch(each -> each.id.equals(id));
    }

    /** How many wait for their verdict. */
    synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Takes in what was collected, asks for a collection when one is due, and gives verdicts. Called about once a
     * second, by one thread.
     */
    void check() {
        takeCollected();
        if (isCollectionDue()) {
            SharedWork.drainQueues();
            long begin = System.nanoTime();
            System.gc();
            long end = System.nanoTime();
            synchronized (this) {
                lastAt = end;
                lastTook = end - begin;
                waiting.forEach(each -> each.tries++);
            }
            takeCollected();
        }
        for (Departed each : over()) {
            PackageLoader loader = each.loader.get();
            if (loader != null) {
                listener.leaked(each.id, holder.apply(loader));
            }
        }
    }

    private synchronized boolean isCollectionDue() {
        List<CollectionSchedule.Waiting> all = waiting.stream()
            .map(each -> new CollectionSchedule.Waiting(each.since, each.tries)).toList();
        return schedule.isDue(all, System.nanoTime(), lastAt, lastTook);
    }

    private synchronized List<Departed> over() {
        long now = System.nanoTime();
        List<Departed> over = new ArrayList<>();
        waiting.removeIf(each -> {
            boolean isHeld = each.loader.get() != null;
            boolean isOver = isHeld && schedule.isOver(new CollectionSchedule.Waiting(each.since, each.tries), now);
            if (isOver) {
                over.add(each);
                leaked.add(each);
            }
            return isOver;
        });
        return over;
    }

    private void takeCollected() {
        List<String> collected = new ArrayList<>();
        synchronized (this) {
            for (Reference<?> each = queue.poll(); each != null; each = queue.poll()) {
                Departed departed = (Departed) each;
                leaked.remove(departed);
                if (waiting.remove(departed)) {
                    collected.add(departed.id);
                }
            }
        }
        collected.forEach(listener::collected);
    }
}
