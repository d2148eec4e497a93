package dev.nest.host.http;

import java.util.function.Consumer;

/**
 * A hashed wheel: starting and cancelling cost the same however many there are, and most are cancelled. A timer is late
 * by up to a tick.
 */
public final class Timers {
    static final long TICK = 50;
    private static final int SLOTS = 256;

    /** Starts at most once at a time; starting it again moves it. */
    public abstract static class Timer {
        private Timer before;
        private Timer after;
        private long deadline;

        /** Its time has come; it is no longer started. */
        protected abstract void fire();

        public final void cancel() {
            if (before == null) {
                return;
            }
            before.after = after;
            after.before = before;
            before = null;
            after = null;
        }

        final boolean isStarted() {
            return before != null;
        }

        final long deadline() {
            return deadline;
        }
    }

    private static final class Slot extends Timer {
        Slot() {
            super.before = this;
            super.after = this;
        }

        @Override
        protected void fire() {}
    }

    private final Slot[] slots = new Slot[SLOTS];
    private long tick;

    Timers(long now) {
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = new Slot();
        }
        tick = now / TICK;
    }

    void add(Timer timer, long deadline) {
        timer.cancel();
        timer.deadline = deadline;
        // Rounded up, so that it is due when its slot is looked at; and never into a slot that has been.
        Slot slot = slot(Math.max((deadline + TICK - 1) / TICK, tick + 1));
        Timer last = ((Timer) slot).before;
        timer.before = last;
        timer.after = slot;
        last.after = timer;
        ((Timer) slot).before = timer;
    }

    /** Milliseconds until a timer may be due; -1 when there is none. */
    long delay(long now) {
        for (long next = tick + 1; next <= tick + SLOTS; next++) {
            Slot slot = slot(next);
            if (((Timer) slot).after != slot) {
                return Math.max(0, next * TICK - now);
            }
        }
        return -1;
    }

    /** Gives each timer that is due to `run`, once. */
    void advance(long now, Consumer<Timer> run) {
        long last = now / TICK;
        // More than a whole turn of the wheel sees each slot once.
        for (long next = Math.max(tick + 1, last - SLOTS + 1); next <= last; next++) {
            tick = next;
            Slot slot = slot(next);
            for (Timer timer = ((Timer) slot).after; timer != slot; timer = next(timer, slot, now, run)) {
                // Each step is in its advance.
            }
        }
        tick = Math.max(tick, last);
    }

    /** A timer that fires may cancel others, so the walk begins anew after it. */
    private static Timer next(Timer timer, Slot slot, long now, Consumer<Timer> run) {
        if (timer.deadline > now) {
            return timer.after;
        }
        timer.cancel();
        run.accept(timer);
        return ((Timer) slot).after;
    }

    private Slot slot(long tick) {
        return slots[(int) (tick & (SLOTS - 1))];
    }
}
