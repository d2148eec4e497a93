package dev.nest.host.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A server of a test's own, on a loop of its own. */
public final class Served implements Server.Application, AutoCloseable {
    /** What answers. */
    public interface Body {
        void serve(Exchange exchange) throws Throwable;
    }

    private final Body body;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    final Loop loop;
    final Server server;
    final List<Throwable> complaints = new CopyOnWriteArrayList<>();
    final BlockingQueue<Thread> stuck = new LinkedBlockingQueue<>();
    private final int port;

    public Served(Body body) throws IOException {
        this(new Server.Limits(8, 30_000, 200), body);
    }

    public Served(Server.Limits limits, Body body) throws IOException {
        this.body = body;
        loop = new Loop(complaints::add);
        server = new Server(loop, limits, this);
        ServerSocketChannel listener = ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        new Thread(loop, "test-loop").start();
        loop.execute(() -> {
            try {
                server.open(listener);
            } catch (IOException error) {
                complaints.add(error);
            }
        });
    }

    public Client connect() throws IOException {
        return new Client(port);
    }

    Counts.Snapshot counts() {
        CompletableFuture<Counts.Snapshot> counts = new CompletableFuture<>();
        loop.execute(() -> counts.complete(server.counts()));
        return counts.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Returns when the server has so many requests that have not ended. */
    void awaitActive(long count) {
        await((counts) -> counts.active() == count);
    }

    /** Returns when the counts are so: an answer is there a moment before it is counted. */
    Counts.Snapshot await(Predicate<Counts.Snapshot> expected) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            Counts.Snapshot counts = counts();
            if (expected.test(counts)) {
                return counts;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(counts + " is not what is expected.");
            }
            Thread.onSpinWait();
        }
    }

    CompletableFuture<Void> drain(long graceMillis) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> server.drain(graceMillis, () -> done.complete(null)));
        return done.orTimeout(20, TimeUnit.SECONDS);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @Override
    public void serve(Exchange exchange) throws Throwable {
        body.serve(exchange);
    }

    @Override
    public void stuck(Thread one) {
        stuck.add(one);
    }

    @Override
    public void close() {
        drain(0).join();
        threads.shutdownNow();
        loop.end();
        if (!complaints.isEmpty()) {
            throw new AssertionError("The loop complains of " + complaints.get(0), complaints.get(0));
        }
    }
}
