package dev.nest.host.http;

import java.util.function.Consumer;

/** The one thing that a connection waits for at a time. Restarting it costs nothing as long as that moves it later. */
final class Deadline extends Timers.Timer {
    /** What is waited for, and how long at most; 0: for ever. */
    record Kind(String name, long milliseconds, boolean isFixed) {}

    static final Kind NONE = new Kind("none", 0, false);
    /**
     * Longer than any gateway keeps an idle connection (10 s): the gateway closes first, so no request meets a close.
     */
    static final Kind IDLE = new Kind("idle", 75_000, true);
    static final Kind HEAD = new Kind("head", 30_000, true);
    static final Kind BODY = new Kind("body", 60_000, false);
    static final Kind STALLED = new Kind("stalled", 60_000, false);
    static final Kind LINGER = new Kind("linger", 2_000, true);

    private final Loop loop;
    private final Consumer<Kind> overdue;
    private Kind kind = NONE;
    private long due;

    Deadline(Loop loop, Consumer<Kind> overdue) {
        this.loop = loop;
        this.overdue = overdue;
    }

    /** Waits for this from now on; one that is fixed runs from when it began. */
    void set(Kind next) {
        if (next == kind && next.isFixed()) {
            return;
        }
        kind = next;
        due = next == NONE ? Long.MAX_VALUE : loop.now() + next.milliseconds();
        if (next != NONE && (!isStarted() || deadline() > due)) {
            loop.schedule(this, next.milliseconds());
        }
    }

    @Override
    protected void fire() {
        if (kind == NONE) {
            return;
        }
        if (due > loop.now()) {
            loop.schedule(this, due - loop.now());
        } else {
            Kind over = kind;
            kind = NONE;
            overdue.accept(over);
        }
    }
}
