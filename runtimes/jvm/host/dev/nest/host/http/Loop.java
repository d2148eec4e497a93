package dev.nest.host.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
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
        void ready() throws IOException;

        /** It failed: nothing of it may be left. */
        void broken(Throwable error);
    }

    private static final int READ_SIZE = 64 << 10;
    private static final Runnable MARK = () -> {};
    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Timers timers;
    private final Consumer<Throwable> report;
    /** Made before memory is short. */
    private final Consumer<Timers.Timer> fire = this::fire;
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
        wake();
    }

    void wake() {
        if (isAsleep) {
            isAsleep = false;
            selector.wakeup();
        }
    }

    /** As `execute`, but the loop need not hear of it before it has something else to do. */
    void executeLater(Runnable task) {
        tasks.add(task);
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
            selector.selectNow();
        } else {
            selector.select(wait < 0 ? 0 : wait);
        }
        isAsleep = false;
        now = clock();
        // Before what has come: it may be the next request of one that is over by a task.
        runTasks();
        for (SelectionKey key : selector.selectedKeys()) {
            ready(key);
        }
        selector.selectedKeys().clear();
        timers.advance(now, fire);
    }

    /** Those that are added meanwhile come in the next turn: sockets are not to starve. */
    private void runTasks() {
        if (tasks.isEmpty()) {
            return;
        }
        tasks.add(MARK);
        for (Runnable task = tasks.poll(); task != MARK && task != null; task = tasks.poll()) {
            run(task);
        }
    }

    private void ready(SelectionKey key) {
        Ready ready = (Ready) key.attachment();
        try {
            if (key.isValid()) {
                ready.ready();
            }
        } catch (Throwable error) {
            ready.broken(error);
            if (!(error instanceof IOException) && !(error instanceof CancelledKeyException)) {
                complain(error);
            }
        }
    }

    private void fire(Timers.Timer timer) {
        try {
            timer.fire();
        } catch (Throwable error) {
            complain(error);
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
