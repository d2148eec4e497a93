package dev.nest.host.isolation;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Gives back everything that a sandbox has: its threads end, its traces are taken out of the JVM, its loader is closed.
 */
final class Closing {
    private static final int SHOWN_FRAMES = 64;

    private final Enclosure enclosure;
    private final PackageLoader loader;
    private final Registrations registrations;
    private final SharedWork shared;
    private final ThreadEnding ending;
    private final SharedThreads others;
    private List<Thread> left = List.of();

    /**
     * Of one enclosure.
     *
     * @param isElsewhere whether another sandbox has defined a class of a name
     */
    Closing(Enclosure enclosure, Predicate<String> isElsewhere) {
        this.enclosure = enclosure;
        loader = enclosure.packageLoader();
        Belonging belonging = new Belonging(loader);
        registrations = new Registrations(belonging, enclosure.group());
        shared = new SharedWork(belonging);
        ending = new ThreadEnding(enclosure, belonging);
        others = new SharedThreads(loader, isElsewhere);
    }

    /** Does it, and says which threads could not be ended. Whatever one step meets, the others follow. */
    Enclosure.Closed run(List<PackageLoader> layers) {
        step("shutdown hooks", () -> ending.runHooks(registrations.takeHooks()));
        step("threads", ending::endThreads);
        step("shared threads", () -> left = others.end());
        step("MBeans", () -> ending.onOwnThread(registrations::dropBeans));
        step("JDBC drivers", registrations::dropDrivers);
        step("log handlers", () -> registrations.dropLogHandlers(layers));
        step("signal handlers", registrations::dropSignals);
        step("delayed work", shared::dropDelayed);
        step("cleaners", () -> shared.dropCleanings(GroupThreads.all()));
        step("thread-locals", () -> shared.dropLocals(GroupThreads.all()));
        step("caches", () -> registrations.dropCaches(loader));
        step("ended threads", ending::forgetEnded);
        List<String> stuck = Stream.concat(Arrays.stream(GroupThreads.of(enclosure.group())), left.stream())
            .map(Closing::describe).toList();
        step("output", enclosure::forget);
        loader.close();
        if (stuck.isEmpty()) {
            step("thread group", this::destroyGroup);
        }
        return new Enclosure.Closed(!stuck.isEmpty(), stuck);
    }

    private void step(String name, Runnable action) {
        try {
            action.run();
        } catch (Throwable error) {
            StackText.lines("The " + name + " of sandbox " + enclosure.spec().name() + " could not all be cleaned up",
                error)
                .forEach(System.err::println);
        }
    }

    @SuppressWarnings({"deprecation", "removal"})
    private void destroyGroup() {
        enclosure.group().destroy();
    }

    /** A thread's name and the place in the tenant's code where it is. */
    private static String describe(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(ThreadFields.id(thread), SHOWN_FRAMES);
        if (info == null) {
            return thread.getName();
        }
        for (StackTraceElement frame : info.getStackTrace()) {
            if (!PlatformPackages.holds(frame.getClassName())) {
                return "\"" + thread.getName() + "\" in " + frame;
            }
        }
        return "\"" + thread.getName() + "\"";
    }
}
