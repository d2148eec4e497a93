package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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

    /**
     * What the JVM uses, in bytes, and how many sandboxes there are.
     *
     * @param heapMost what it may use
     * @param metaspaceMost what it may use; -1 where there is no bound
     * @param loaded open ones
     * @param leaked closed ones whose loaders were not collected
     */
    public record State(long heapUsed, long heapMost, long metaspaceUsed, long metaspaceMost, int loaded, int leaked) {
    }

    private static volatile Isolation instance;

    private final Listener listener;
    private final Settings settings;
    private final ThreadGroup hostGroup = Thread.currentThread().getThreadGroup();
    private final Properties hostProperties = (Properties) System.getProperties().clone();
    private final FileRules files = new FileRules();
    private final LayerSets layers = new LayerSets();
    private final Map<String, Enclosure> open = new ConcurrentHashMap<>();
    private final JvmMemory memory = new JvmMemory();
    private final Room room = new Room(memory);
    private final AtomicBoolean tainted = new AtomicBoolean();
    private final HostThreads threads = new HostThreads(hostGroup);
    private final Departures departures;

    private Isolation(Listener listener, Settings settings) {
        this.listener = listener;
        this.settings = settings;
        departures = new Departures(listener, new LeakSearch(this::loaders)::holder, settings.verdictSeconds());
    }

    /** Makes it, with the settings that system properties name. */
    public static Isolation install(Listener listener) {
        return install(listener, Settings.of(System.getProperties()));
    }

    /** Makes it. To be called once, on the main thread. */
    public static synchronized Isolation install(Listener listener, Settings settings) {
        if (instance != null) {
            throw new IllegalStateException("the isolation is installed already");
        }
        instance = new Isolation(listener, settings);
        Preparation.run(new Guard(instance.files));
        instance.threads.watch(new Watch(instance.departures, listener, settings, instance)::look);
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

    /** What the JVM uses now. */
    public State state() {
        var heap = memory.heap();
        var metaspace = memory.metaspace();
        return new State(heap.getUsed(), heap.getMax(), metaspace.getUsed(), metaspace.getMax(), open.size(),
            departures.leaked());
    }

    /** Loads these layers for those who will name the same list, and keeps them for good. */
    public Preloading.Result preload(List<Path> directories) {
        long before = memory.metaspace().getUsed();
        Preloading.Result result = Preloading.run(layers, directories, memory);
        room.keep(memory.metaspace().getUsed() - before);
        return result;
    }

    Enclosure open(Enclosure.Spec spec, BiFunction<Enclosure.Spec, PackageLoader, Enclosure> make)
        throws DoesNotFitException, IOException {
        Optional<String> refusal = room.refusal(PackageForm.bytes(spec.directory()), spec.limits().memoryBytes(),
            sandboxes());
        if (refusal.isPresent()) {
            throw new DoesNotFitException(refusal.get());
        }
        Files.createDirectories(PropertiesView.temporary(spec));
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
            Enclosure.Closed closed = new Closing(enclosure, name -> isElsewhere(name, loader)).run(layers.open());
            files.remove(enclosure);
            open.remove(enclosure.id(), enclosure);
            layers.release(enclosure.spec().layers(), System.nanoTime());
            departures.add(enclosure.id(), loader);
            if (closed.stuckThreads()) {
                taint(TaintPolicy.stuck(enclosure.spec().name(), closed.names()));
            }
            return closed;
        }, threads.closers());
    }

    void taint(TaintPolicy.Taint taint) {
        if (tainted.compareAndSet(false, true)) {
            listener.tainted(taint.reason(), taint.message());
        }
    }

    Collection<Enclosure> openEnclosures() {
        return open.values();
    }

    JvmMemory memory() {
        return memory;
    }

    LayerSets layers() {
        return layers;
    }

    /** What Metaspace looks like, for {@link TaintPolicy}. */
    TaintPolicy.Metaspace metaspace() {
        var seen = memory.metaspace();
        return new TaintPolicy.Metaspace(seen.getCommitted(), seen.getMax(), departures.leaked(),
            room.metaspacePerSandbox(sandboxes()));
    }

    /** Those that are there, loaded or not yet collected. */
    private int sandboxes() {
        return open.size() + departures.waiting() + departures.leaked();
    }

    private boolean isElsewhere(String className, PackageLoader own) {
        return loaders().stream().anyMatch(each -> each != own && each.hasDefined(className));
    }

    private List<PackageLoader> loaders() {
        return Stream.concat(layers.open().stream(), open.values().stream().map(Enclosure::packageLoader)
            .filter(Objects::nonNull)).toList();
    }
}
