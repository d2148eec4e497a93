package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * One sandbox's share of the JVM, from load to collection: its loader, its threads, its views of what the JVM has once.
 *
 * <p>The order of calls. At load: {@link #open}, on a thread of the host's (nothing of the tenant's runs); {@link
 * #start}, with the search for the handler's class, its static initializer and its constructor as the task. While it
 * serves: {@link #refusal} before each request, then {@link #execute}. At the end, also of a load that failed: {@link
 * #close}, once nothing of the host's needs the loader any more; then drop every reference to the loader, to handlers,
 * to exceptions and to other objects of the tenant's, and send {@code unloaded} when the stage is complete. {@link
 * Isolation.Listener#collected} or {@link Isolation.Listener#leaked} follows within a minute.
 */
public final class Enclosure {
    /**
     * What an enclosure is made from.
     *
     * @param id the sandbox's id
     * @param name what messages and thread names call it
     * @param directory the unpacked package
     * @param layers directories of the unpacked layers, in their order
     * @param environment its whole environment
     * @param workDirectory its own directory: {@code user.dir}, {@code user.home} and, below it, {@code java.io.tmpdir}
     * @param limits what it may use
     * @param log where its output goes
     */
    public record Spec(String id, String name, Path directory, List<Path> layers, Map<String, String> environment,
        Path workDirectory,
        Limits limits, OutputSink log) {
        public Spec {
            layers = List.copyOf(layers);
            environment = Map.copyOf(environment);
        }
    }

    /**
     * What it has used since it was opened, and its live threads.
     *
     * @param cpuNanos CPU time of its threads, ended ones included as far as they were seen
     * @param allocatedBytes what they have allocated, collected or not
     * @param threads live ones
     */
    public record Usage(long cpuNanos, long allocatedBytes, int threads) {
    }

    /**
     * How it ended.
     *
     * @param stuckThreads whether threads remain that could not be ended: the JVM is to be replaced
     * @param names of those threads, each with where it is
     */
    public record Closed(boolean stuckThreads, List<String> names) {
    }

    private final Spec spec;
    private final EnclosureGroup group;
    private final EnclosureThreads threads;
    private final Meter meter;
    private final Properties properties;
    private final LineStream out;
    private final LineStream err;
    private volatile PackageLoader loader;
    private volatile String refusal;
    private volatile String heapRefusal;
    private volatile boolean isClosing;
    private volatile boolean hasStarted;
    private volatile Object providers;
    private CompletionStage<Closed> closing;

    private Enclosure(Spec spec, PackageLoader loader) {
        this.spec = spec;
        this.loader = loader;
        loader.belongTo(this);
        group = new EnclosureGroup(Isolation.hostGroup(), spec.name(), this);
        meter = new Meter(group);
        threads = new EnclosureThreads(this, group, spec.limits().threads());
        properties = PropertiesView.of(spec);
        out = new LineStream("stdout", "info", spec.log());
        err = new LineStream("stderr", "error", spec.log());
    }

    /**
     * Makes the loaders; nothing of the tenant's runs.
     *
     * @throws DoesNotFitException heap or Metaspace would be exceeded
     * @throws IOException a directory is missing or a jar is none; the message names it by its path in the package
     */
    public static Enclosure open(Spec spec) throws DoesNotFitException, IOException {
        return Isolation.instance().open(spec, Enclosure::new);
    }

    /**
     * The sandbox whose thread calls, or whose code a thread runs that the JDK has once for all; null for the host's
     * threads.
     */
    public static Enclosure current() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        Enclosure owner = EnclosureGroup.owner(group);
        return owner != null || group == Isolation.hostGroup() ? owner : StackOwner.find();
    }

    /** The sandbox in whose thread group the calling thread is; null for all others. */
    static Enclosure ofThread() {
        return EnclosureGroup.owner(Thread.currentThread().getThreadGroup());
    }

    /** The sandbox's id. */
    public String id() {
        return spec.id();
    }

    /** What it was made from. */
    public Spec spec() {
        return spec;
    }

    /** Its class loader. Only for use until {@link #close}. */
    public ClassLoader loader() {
        PackageLoader open = loader;
        if (open == null) {
            throw new IllegalStateException("the sandbox " + spec.name() + " is closed");
        }
        return open;
    }

    /**
     * Runs a task on one of its threads, with its loader as the context's.
     *
     * @throws RejectedExecutionException it is closed, or has as many live threads as it may have
     */
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /**
     * Starts a thread of its own, for the load; the first one loads its JDBC drivers before. Its end is not waited for;
     * {@link #close} ends it.
     */
    public Thread start(String name, Runnable task) {
        boolean isFirst = !hasStarted;
        hasStarted = true;
        return threads.start(name, () -> {
            if (isFirst) {
                DriverSearch.run(this);
            }
            task.run();
        });
    }

    /** Why it may not serve a request now, in words; null when it may. */
    public String refusal() {
        return isClosing ? "it is being unloaded" : refusal != null ? refusal : heapRefusal;
    }

    /** What it has used. Samples its threads: not for every request. */
    public Usage usage() {
        return meter.sample();
    }

    /** Interrupts the threads that run tasks of {@link #execute}. */
    public void interruptTasks() {
        threads.interruptRunning();
    }

    /**
     * Ends its threads, takes its traces out of the JVM and closes its loader. Returns at once; complete within some
     * ten seconds, also when threads cannot be ended. A second call returns the first one's stage.
     */
    public synchronized CompletionStage<Closed> close() {
        if (closing == null) {
            isClosing = true;
            closing = Isolation.instance().close(this);
        }
        return closing;
    }

    /** Refuses requests because of a limit; null: no longer. */
    void refuseFor(String reason) {
        refusal = reason;
    }

    /** Refuses requests because the heap is full; null: no longer. */
    void refuseForHeap(String reason) {
        heapRefusal = reason;
    }

    /** Writes an error with its stack to the sandbox's log, on the host's account. */
    void report(String level, String message, Throwable error) {
        StackText.lines(message, error).forEach(line -> spec.log().line("stderr", level, null, line));
    }

    EnclosureGroup group() {
        return group;
    }

    EnclosureThreads threads() {
        return threads;
    }

    Meter meter() {
        return meter;
    }

    boolean threadsAreFull() {
        return GroupThreads.count(group) >= spec.limits().threads();
    }

    /** Its own list of security providers; null for the JVM's. */
    Object providers() {
        return providers;
    }

    void setProviders(Object list) {
        providers = list;
    }

    Properties properties() {
        return properties;
    }

    LineStream out() {
        return out;
    }

    LineStream err() {
        return err;
    }

    /** Null once it is closed. */
    PackageLoader packageLoader() {
        return loader;
    }

    /** Holds nothing of the tenant's any more. */
    void forget() {
        out.finish();
        err.finish();
        properties.clear();
        providers = null;
        loader = null;
    }
}
