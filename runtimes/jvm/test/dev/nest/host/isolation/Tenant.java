package dev.nest.host.isolation;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A sandbox as tests use it: opens one, calls static methods of its classes on its threads, keeps what it prints. */
final class Tenant implements AutoCloseable {
    static final Reports REPORTS = new Reports();
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final long SECONDS = 20;

    static {
        Isolation.install(REPORTS, new Settings(0.25, 0.85, 0.85, 0.92, 2L << 30, 3, 12));
    }

    final Enclosure enclosure;
    final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

    private Tenant(Path work, Path directory, List<Path> layers, Map<String, String> environment, Limits limits)
        throws IOException, DoesNotFitException {
        String id = "sandbox-" + COUNT.incrementAndGet();
        Path own = Files.createDirectories(work.resolve(id));
        enclosure = Enclosure.open(new Enclosure.Spec(id, id, directory, layers, environment, own, limits,
            new OutputSink() {
                @Override
                public void line(String stream, String level, String requestId, CharSequence text) {
                    lines.add(stream + " " + level + " " + text);
                }

                @Override
                public void piece(String stream, String level, String requestId, CharSequence text) {
                    lines.add(stream + " " + level + " piece " + text);
                }
            }));
    }

    static Tenant open(Path work, Path directory) throws IOException, DoesNotFitException {
        return new Tenant(work, directory, List.of(), Map.of(), Limits.none());
    }

    static Tenant open(Path work, Path directory, List<Path> layers, Map<String, String> environment, Limits limits)
        throws IOException, DoesNotFitException {
        return new Tenant(work, directory, layers, environment, limits);
    }

    /**
     * Calls a static method without parameters on a thread of the sandbox; what it throws comes as an {@link
     * ExecutionException}.
     */
    String call(String type, String method) throws ExecutionException, InterruptedException, TimeoutException {
        CompletableFuture<String> result = new CompletableFuture<>();
        enclosure.execute(() -> {
            try {
                Object value = Class.forName(type, true, enclosure.loader()).getMethod(method).invoke(null);
                result.complete(String.valueOf(value));
            } catch (InvocationTargetException error) {
                result.completeExceptionally(error.getCause());
            } catch (Throwable error) {
                result.completeExceptionally(error);
            }
        });
        return result.get(SECONDS, TimeUnit.SECONDS);
    }

    /** What a call throws, as text; its type and message. */
    String refusal(String type, String method) throws InterruptedException, TimeoutException {
        try {
            return "returned " + call(type, method);
        } catch (ExecutionException error) {
            return error.getCause().toString();
        }
    }

    Enclosure.Closed end() throws ExecutionException, InterruptedException, TimeoutException {
        return enclosure.close().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        enclosure.close().toCompletableFuture().orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }
}
