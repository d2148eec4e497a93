package dev.nest.host.http;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/** Serves one sandbox on one listening socket. All of it is of the loop. */
public final class Server implements Loop.Ready {
    /** @param concurrency the most requests in the handler at once */
    public record Limits(int concurrency, long timeoutMillis, long stuckMillis) {}

    /** What is behind the server. */
    public interface Application {
        /** Runs the task on a thread of the sandbox. */
        void execute(Runnable task) throws RejectedExecutionException;

        /** Answers; on that thread. */
        void serve(Exchange exchange) throws Throwable;

        /** A handler whose request is over does not end, although it was interrupted. */
        void stuck(Thread thread);
    }

    public static final String FAILED = "The function failed while it handled the request; its log has the stack.";
    /** For how long an idle connection outlives the order to end: until after its gateway has closed it. */
    private static final long FAREWELL = 15_000;
    private static final int MOST_CONNECTIONS = 4096;
    private static final int ACCEPTED_AT_ONCE = 64;
    private static final long PAUSE = 100;

    private final Loop loop;
    private final Limits limits;
    private final Application application;
    private final Gate<Exchange> gate;
    private final Set<Connection> connections = new HashSet<>();
    private final Set<Exchange> unfinished = new HashSet<>();
    private final Counts counts;
    private ServerSocketChannel listener;
    private SelectionKey key;
    private volatile boolean isDraining;
    private volatile boolean hasWaiting;
    private Runnable done;

    public Server(Loop loop, Limits limits, Application application) {
        this.loop = loop;
        this.limits = limits;
        this.application = application;
        this.gate = new Gate<>(limits.concurrency());
        this.counts = new Counts(loop.now());
    }

    public void open(ServerSocketChannel listener) throws IOException {
        this.listener = listener;
        this.key = loop.register(listener, SelectionKey.OP_ACCEPT, this);
    }

    Limits limits() {
        return limits;
    }

    boolean isDraining() {
        return isDraining;
    }

    /** From any thread: whether the loop has to know at once that a request is over. */
    boolean isAwaited() {
        return isDraining || hasWaiting;
    }

    /** As of now. */
    public Counts.Snapshot counts() {
        return counts.snapshot(loop.now(), connections.size());
    }

    /** No connection and no request. */
    public boolean isIdle() {
        return connections.isEmpty() && unfinished.isEmpty();
    }

    @Override
    public void ready() throws IOException {
        for (int i = 0; i < ACCEPTED_AT_ONCE && !isDraining; i++) {
            if (connections.size() >= MOST_CONNECTIONS) {
                key.interestOps(0);
                return;
            }
            SocketChannel channel = listener.accept();
            if (channel == null) {
                return;
            }
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connections.add(new Connection(loop, this, channel));
        }
    }

    /** Descriptors are short, most likely: those that end give theirs back. */
    @Override
    public void broken(Throwable error) {
        if (key.isValid()) {
            key.interestOps(0);
            loop.after(PAUSE, this::acceptAgain);
        }
    }

    private void acceptAgain() {
        if (key != null && key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    void closed(Connection connection) {
        if (connections.remove(connection)) {
            counts.touch(loop.now());
            acceptAgain();
            check();
        }
    }

    void admit(Exchange exchange) {
        unfinished.add(exchange);
        counts.began();
        loop.schedule(exchange.timer, limits.timeoutMillis());
        switch (gate.admit(exchange)) {
            case RUN -> start(exchange);
            case WAIT -> hasWaiting = true;
            case REFUSE -> refuse(exchange, Gate.QUEUE_LIMIT
                + " requests already wait for the function, whose concurrency is " + gate.concurrency() + ".");
        }
    }

    private void start(Exchange exchange) {
        try {
            application.execute(exchange);
        } catch (RejectedExecutionException | OutOfMemoryError error) {
            // Java says so too when the system gives no thread.
            leaveGate(exchange);
            refuse(exchange, "The function has no thread free for the request.");
        }
    }

    private void refuse(Exchange exchange, String detail) {
        exchange.hasLeft = true;
        exchange.timer.cancel();
        answer(exchange, new Problem(503, detail));
    }

    private boolean answer(Exchange exchange, Problem problem) {
        Answer.Piece piece = exchange.answer().take(problem, new IOException(problem.getMessage()));
        if (piece == null) {
            return false;
        }
        exchange.connection().send(exchange, piece);
        return true;
    }

    void serve(Exchange exchange) throws Throwable {
        application.serve(exchange);
    }

    /** Its thread is free again. */
    void leave(Exchange exchange) {
        exchange.timer.cancel();
        leaveGate(exchange);
    }

    private void leaveGate(Exchange exchange) {
        if (exchange.hasLeft) {
            return;
        }
        exchange.hasLeft = true;
        Exchange next = gate.leave(exchange);
        hasWaiting = gate.hasWaiting();
        if (next != null) {
            start(next);
        }
    }

    /** It has been answered, or its answer broke. */
    void ended(Exchange exchange, boolean isError) {
        if (exchange.hasEnded || !unfinished.remove(exchange)) {
            return;
        }
        exchange.hasEnded = true;
        counts.ended(loop.now(), isError);
        check();
    }

    /** Its client is. What the handler still does makes no difference, so it makes room. */
    void gone(Exchange exchange) {
        boolean isRunning = gate.isRunning(exchange);
        exchange.gone();
        ended(exchange, false);
        leaveGate(exchange);
        if (!isRunning) {
            exchange.timer.cancel();
        } else if (exchange.isOverdue) {
            interrupt(exchange);
        }
    }

    /** Its time is over. An answer that has begun may go on: a stream of events has no end to wait for. */
    void late(Exchange exchange) {
        boolean wasOverdue = exchange.isOverdue;
        exchange.isOverdue = true;
        if (wasOverdue) {
            Thread thread = exchange.thread();
            if (thread != null) {
                application.stuck(thread);
            }
            return;
        }
        String what = gate.isRunning(exchange) ? "did not answer" : "had no room for the request";
        String detail = "The function " + what + " within " + seconds() + " s (timeoutSeconds).";
        if (exchange.hasEnded || answer(exchange, new Problem(504, detail))) {
            exchange.cancel("The time of the request is over (timeoutSeconds: " + seconds() + ").");
            leaveGate(exchange);
            interrupt(exchange);
        }
    }

    private void interrupt(Exchange exchange) {
        exchange.interrupt();
        loop.schedule(exchange.timer, limits.stuckMillis());
    }

    private String seconds() {
        double seconds = limits.timeoutMillis() / 1000.0;
        return seconds == Math.rint(seconds) ? String.valueOf((long) seconds) : String.valueOf(seconds);
    }

    /**
     * Accepts nothing more and finishes what is in flight. Idle connections stay for a while, and a request that comes
     * on one is served: no request is to meet a closing connection.
     *
     * @param done is called once, when nothing is left, at the latest after the grace
     */
    public void drain(long graceMillis, Runnable done) {
        this.done = done;
        isDraining = true;
        try {
            if (listener != null) {
                listener.close();
            }
        } catch (IOException error) {
            // Nothing is accepted all the same.
        }
        if (graceMillis <= 0) {
            giveUp();
            return;
        }
        if (graceMillis > FAREWELL) {
            loop.after(FAREWELL, () -> List.copyOf(connections).stream().filter(Connection::isIdle)
                .forEach(Connection::close));
        }
        loop.after(graceMillis, this::giveUp);
        check();
    }

    private void giveUp() {
        if (done == null) {
            return;
        }
        for (Exchange exchange : gate.all()) {
            exchange.cancel("The function is being ended.");
            exchange.interrupt();
        }
        List.copyOf(connections).forEach(Connection::close);
        check();
    }

    private void check() {
        if (isDraining && done != null && isIdle()) {
            Runnable last = done;
            done = null;
            loop.execute(last);
        }
    }
}
