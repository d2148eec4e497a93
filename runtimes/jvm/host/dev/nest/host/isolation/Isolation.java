package dev.nest.host.isolation;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What keeps the sandboxes of this JVM apart: made once, at boot, before anything of a tenant's runs. */
public final class Isolation {
    /** Told what became of sandboxes. Called on threads of the isolation's; must return soon and not throw. */
    public interface Listener {
        /** The loader of a closed sandbox was collected. */
        void collected(String id);

        /** It was not; the message says what holds it, as well as can be told. */
        void leaked(String id, String message);

        /** A sandbox has gone over a limit and is to be ended with this reason ({@code CPULimitExceeded} and so on). */
        void breached(String id, String reason, String message);

        /** This JVM is to be replaced. At most once. */
        void tainted(String reason, String message);
    }

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static volatile Isolation instance;

    private final Listener listener;
    private final ThreadGroup hostGroup = Thread.currentThread().getThreadGroup();
    private final Properties hostProperties = (Properties) System.getProperties().clone();
    private final FileRules files = new FileRules();
    private final LayerSets layers = new LayerSets();
    private final Map<String, Enclosure> open = new ConcurrentHashMap<>();
    private final ExecutorService closers = closers();
    private final Departures departures;

    private Isolation(Listener listener) {
        this.listener = listener;
        departures = new Departures(listener, new LeakSearch(this::loaders)::holder);
    }

    /** Makes it. */
    public static synchronized Isolation install(Listener listener) {
        if (instance != null) {
            throw new IllegalStateException("the isolation is installed already");
        }
        instance = new Isolation(listener);
        Preparation.run(new Guard(instance.files));
        instance.watch();
        return instance;
    }

    static boolean isInstalled() {
        return instance != null;
    }

    static Isolation instance() {
        Isolation installed = instance;
        if (installed == null) {
            throw new IllegalStateException("Isolation.install comes first");
        }
        return installed;
    }

    static ThreadGroup hostGroup() {
        return instance().hostGroup;
    }

    static Properties hostProperties() {
        return instance().hostProperties;
    }

    Enclosure open(Enclosure.Spec spec, BiFunction<Enclosure.Spec, PackageLoader, Enclosure> make) throws DoesNotFitException, IOException {
        ClassLoader parent = layers.acquire(spec.layers());
        try {
            Enclosure enclosure = make.apply(spec, new PackageLoader(List.of(spec.directory()), parent));
            open.put(spec.id(), enclosure);
            files.add(enclosure);
            return enclosure;
        } catch (IOException | RuntimeException error) {
            layers.release(spec.layers(), System.nanoTime());
            throw error;
        }
    }

    CompletionStage<Enclosure.Closed> close(Enclosure enclosure) {
        return CompletableFuture.supplyAsync(() -> {
            PackageLoader loader = enclosure.packageLoader();
            Enclosure.Closed closed = new Closing(enclosure).run(layers.open());
            files.remove(enclosure);
            open.remove(enclosure.id(), enclosure);
            layers.release(enclosure.spec().layers(), System.nanoTime());
            departures.add(enclosure.id(), loader);
            return closed;
        }, closers);
    }

    private void watch() {
        Thread thread = new Thread(hostGroup, () -> {
            while (true) {
                LockSupport.parkNanos(this, TICK_NANOS);
                try {
                    layers.closeUnused(System.nanoTime(), LINGER_NANOS);
                    departures.check();
                } catch (Throwable error) {
                    StackText.lines("The isolation's watch goes on after an error", error).forEach(System.err::println);
                }
            }
        }, "nest-watch", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    private List<PackageLoader> loaders() {
        return Stream.concat(layers.open().stream(), open.values().stream().map(Enclosure::packageLoader).filter(Objects::nonNull)).toList();
    }

    private ExecutorService closers() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(4, 4, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread thread = new Thread(hostGroup, body, "nest-close", 0, false);
            thread.setDaemon(true);
            return thread;
        });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
