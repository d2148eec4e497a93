package dev.nest.host.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Decides which requests are in the handler: a bounded number at once, the others in the order in which they came. */
final class Gate<T> {
    /** The most that wait. */
    static final int QUEUE_LIMIT = 100;

    enum Decision { RUN, WAIT, REFUSE }

    private final int concurrency;
    private final Set<T> running = new HashSet<>();
    private final Deque<T> waiting = new ArrayDeque<>();

    Gate(int concurrency) {
        this.concurrency = concurrency;
    }

    int concurrency() {
        return concurrency;
    }

    Decision admit(T request) {
        if (running.size() < concurrency) {
            running.add(request);
            return Decision.RUN;
        }
        if (waiting.size() >= QUEUE_LIMIT) {
            return Decision.REFUSE;
        }
        waiting.add(request);
        return Decision.WAIT;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    boolean isRunning(T request) {
        return running.contains(request);
    }

    /** The request no longer counts. @return the one whose turn has come; null when there is none */
    T leave(T request) {
        if (!running.remove(request)) {
            waiting.remove(request);
            return null;
        }
        T next = waiting.poll();
        if (next != null) {
            running.add(next);
        }
        return next;
    }

    /** Those that have not left. */
    Set<T> all() {
        Set<T> all = new HashSet<>(running);
        all.addAll(waiting);
        return all;
    }
}
