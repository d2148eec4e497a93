package dev.nest.host.sandbox;

import dev.nest.host.handler.Handler;
import dev.nest.host.handler.HandlerFinder;
import dev.nest.host.handler.Invocation;
import dev.nest.host.handler.PackageListing;
import dev.nest.host.http.Counts;
import dev.nest.host.http.Exchange;
import dev.nest.host.http.Loop;
import dev.nest.host.http.Problem;
import dev.nest.host.http.Server;
import dev.nest.host.http.Timers;
import dev.nest.host.isolation.Enclosure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** One function in this JVM, from its load to its end. All of it is of the loop, but for what says otherwise. */
public final class Sandbox implements Server.Application {
    /** Hears what becomes of sandboxes; in the loop. */
    public interface Observer {
        void loaded(Sandbox sandbox);

        void failed(Sandbox sandbox, Failure failure);

        /** Nothing of it is left but what the collector has not taken yet. */
        void closed(Sandbox sandbox);

        void stuck(Sandbox sandbox, String message);
    }

    private enum State { LOADING, SERVING, DRAINING, CLOSING }

    private final Order order;
    private final Loop loop;
    private final Executor openers;
    private final Observer observer;
    private final LogWriter log;
    private final SandboxLogger logger;
    private final Server server;
    private final ServerSocketChannel listener;
    private State state = State.LOADING;
    private volatile Enclosure enclosure;
    private volatile Handler handler;
    private volatile Path workDirectory;
    private Timers.Timer startTimer;

    /**
     * @param openers runs what opens packages, which waits for the disk
     * @param listener it listens already
     * @param output of its log
     */
    public Sandbox(Order order, ServerSocketChannel listener, OutputStream output, Loop loop, Executor openers,
                   Observer observer, long stuckMillis) {
        this.order = order;
        this.loop = loop;
        this.openers = openers;
        this.observer = observer;
        this.log = new LogWriter(output);
        this.logger = new SandboxLogger(log);
        this.listener = listener;
        long timeout = Math.max(1, Math.round(order.timeoutSeconds() * 1000));
        this.server = new Server(loop, new Server.Limits(order.handlers(), timeout, stuckMillis), this);
    }

    public String id() {
        return order.id();
    }

    public Counts.Snapshot counts() {
        return server.counts();
    }

    /** What it has used; null before it is opened. */
    public Enclosure.Usage usage() {
        Enclosure open = enclosure;
        return open == null ? null : open.usage();
    }

    /** Loads and serves, and the observer hears of it; or says why not, and is closed. */
    public void load() {
        if (order.startSeconds() > 0) {
            startTimer = loop.after(Math.round(order.startSeconds() * 1000), this::overdue);
        }
        openers.execute(this::open);
    }

    /** On a thread of the host's. */
    private void open() {
        try {
            Path work = WorkDirectory.make();
            workDirectory = work;
            Path directory = order.directory();
            SourceCompiler compiler = new SourceCompiler(directory, order.layers());
            List<Path> sources = compiler.sources();
            if (!sources.isEmpty()) {
                directory = work.resolve("package");
                compiler.compile(sources, directory);
            }
            Enclosure open = Enclosure.open(new Enclosure.Spec(order.id(), order.name(), directory, order.layers(),
                order.environment(), work, order.limits(), log));
            loop.execute(() -> opened(open));
        } catch (Throwable error) {
            Failure failure = Failure.of(error, order.directory());
            loop.execute(() -> fail(failure));
        }
    }

    private void opened(Enclosure open) {
        enclosure = open;
        if (state == State.LOADING) {
            open.start("load", () -> find(open.loader()));
        } else {
            end();
        }
    }

    /** On a thread of the sandbox: static initializers and constructors run here. */
    private void find(ClassLoader loader) {
        try {
            Handler found = HandlerFinder.find(loader, new PackageListing(order.directory()), order.handler(),
                order.signature());
            loop.execute(() -> serve(found));
        } catch (Throwable error) {
            Failure failure = Failure.of(error, order.directory());
            loop.execute(() -> fail(failure));
        }
    }

    private void serve(Handler found) {
        if (state != State.LOADING) {
            return;
        }
        try {
            handler = found;
            server.open(listener);
            state = State.SERVING;
            cancelStart();
            observer.loaded(this);
        } catch (IOException error) {
            fail(Failure.of("LoadError", "The sandbox's socket cannot be served: " + error.getMessage()));
        }
    }

    private void overdue() {
        fail(Failure.of("StartupTimeout", "After " + Math.round(order.startSeconds()) + " s (startupTimeoutSeconds) "
            + order.handler() + " is still being loaded: its static initializer or its constructor waits for "
            + "something, or does too much before it is ready."));
    }

    private void fail(Failure failure) {
        if (state != State.LOADING) {
            return;
        }
        state = State.DRAINING;
        observer.failed(this, failure);
        close();
    }

    private void cancelStart() {
        if (startTimer != null) {
            startTimer.cancel();
        }
    }

    /** Ends it, within the grace; the observer hears when nothing is left. */
    public void unload(long graceMillis) {
        if (state == State.LOADING) {
            state = State.DRAINING;
            close();
        } else if (state == State.SERVING) {
            state = State.DRAINING;
            server.drain(graceMillis, this::close);
        }
    }

    /** Whether it serves, and nobody is connected. */
    public boolean isIdle() {
        return state == State.SERVING && server.isIdle();
    }

    /** Whether it has ended for whoever asks for it, though something of it may still be there. */
    public boolean isLeaving() {
        return state == State.DRAINING || state == State.CLOSING;
    }

    private void close() {
        cancelStart();
        try {
            listener.close();
        } catch (IOException error) {
            // Nothing is accepted all the same.
        }
        if (state == State.DRAINING) {
            state = State.CLOSING;
            end();
        }
    }

    /** Once it is closing and, if it ever is, opened. */
    private void end() {
        Enclosure open = enclosure;
        handler = null;
        enclosure = null;
        if (open == null) {
            ended();
            return;
        }
        open.close().whenComplete((closed, error) -> loop.execute(this::ended));
    }

    private void ended() {
        log.close();
        Path work = workDirectory;
        if (work != null) {
            openers.execute(() -> WorkDirectory.remove(work));
        }
        observer.closed(this);
    }

    @Override
    public void execute(Runnable task) {
        Enclosure open = enclosure;
        if (open == null) {
            throw new RejectedExecutionException("The sandbox is being ended.");
        }
        open.execute(task);
    }

    /** On a thread of the sandbox. */
    @Override
    public void serve(Exchange exchange) {
        Invocation invocation = new Invocation(exchange, order.function(), logger);
        RequestScope scope = RequestScope.enter(invocation.requestId());
        try {
            answer(exchange, invocation);
        } catch (Problem problem) {
            exchange.fail(problem);
        } catch (Throwable error) {
            if (!exchange.isGone()) {
                logger.stack(error);
            }
            exchange.fail(new Problem(500, Server.FAILED));
        } finally {
            scope.leave();
        }
    }

    private void answer(Exchange exchange, Invocation invocation) throws Throwable {
        Enclosure open = enclosure;
        Handler current = handler;
        String refusal = open == null || current == null ? "the sandbox is being ended" : open.refusal();
        if (refusal != null) {
            throw new Problem(503, "The function takes no request: " + refusal + ".");
        }
        current.serve(invocation);
    }

    @Override
    public void stuck(Thread thread) {
        StackTraceElement[] frames = thread.getStackTrace();
        String place = frames.length == 0 ? "" : ", at " + frames[0];
        observer.stuck(this, "A thread of " + order.name() + " goes on after its request is over and it was interrupted"
            + place + ".");
    }
}
