package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The one thread that all sockets, timers and decisions of the host belong to. */
public final class Loop implements Executor, Runnable {
    /** What is registered with the loop. */
    interface Ready {
        void ready(SelectionKey key) throws IOException;

        /** It failed: nothing of it may be left. */
        void broken(Throwable error);
    }

    private static final int READ_SIZE = 64 << 10;
    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Timers timers;
    private final Consumer<Throwable> report;
    private volatile boolean isAsleep;
    private volatile boolean hasEnded;
    private long now = clock();
    /** For whoever reads at the moment; what is to stay is copied. */
    final ByteBuffer buffer = ByteBuffer.allocate(READ_SIZE);

    /** @param report hears of what should not happen; the loop goes on */
    public Loop(Consumer<Throwable> report) throws IOException {
        this.selector = Selector.open();
        this.timers = new Timers(now);
        this.report = report;
    }

    /** Runs the task in the loop, after those that came before it; from any thread. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (isAsleep) {
            isAsleep = false;
            selector.wakeup();
        }
    }

    /** Milliseconds of a clock that never goes back, as of this turn. */
    public long now() {
        return now;
    }

    /** Starts or restarts a timer; in the loop only. */
    public void schedule(Timers.Timer timer, long milliseconds) {
        timers.add(timer, now + milliseconds);
    }

    /** Calls `body` once, later; the timer can be cancelled. */
    public Timers.Timer after(long milliseconds, Runnable body) {
        Timers.Timer timer = new Timers.Timer() {
            @Override
            protected void fire() {
                body.run();
            }
        };
        schedule(timer, milliseconds);
        return timer;
    }

    SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, operations, ready);
    }

    /** Ends the loop after this turn. */
    public void end() {
        hasEnded = true;
        selector.wakeup();
    }

    @Override
    public void run() {
        while (!hasEnded) {
            try {
                turn();
            } catch (Throwable error) {
                // Whatever it is, out of memory too: without the loop nobody is served.
                complain(error);
            }
        }
    }

    private void turn() throws IOException {
        isAsleep = true;
        long wait = tasks.isEmpty() ? timers.delay(clock()) : 0;
        if (wait == 0) {
            selector.selectNow(this::ready);
        } else {
            selector.select(this::ready, wait < 0 ? 0 : wait);
        }
        isAsleep = false;
        now = clock();
        // Those that are added meanwhile come in the next turn: sockets are not to starve.
        Runnable last = MARK;
        tasks.add(last);
        for (Runnable task = tasks.poll(); task != last && task != null; task = tasks.poll()) {
            run(task);
        }
        timers.advance(now, this::run);
    }

    private static final Runnable MARK = () -> {};

    private void ready(SelectionKey key) {
        now = clock();
        Ready ready = (Ready) key.attachment();
        try {
            ready.ready(key);
        } catch (Throwable error) {
            ready.broken(error);
            if (!(error instanceof IOException) && !(error instanceof java.nio.channels.CancelledKeyException)) {
                complain(error);
            }
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable error) {
            complain(error);
        }
    }

    private void complain(Throwable error) {
        try {
            report.accept(error);
        } catch (Throwable again) {
            // There is no memory even to say so.
        }
    }

    private static long clock() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
