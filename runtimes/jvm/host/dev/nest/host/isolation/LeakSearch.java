package dev.nest.host.isolation;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.List;
import java.util.function.Supplier;

/**
 * Says what holds a loader: a thread that runs its code, or a chain of references from a thread, the JDK, a layer or a
 * neighbour.
 */
final class LeakSearch {
    private static final int MOST_OBJECTS = 300_000;
    private static final long MOST_NANOS = 3_000_000_000L;
    private static final int MOST_FRAMES = 128;
    private static final List<String> PLACES = List.of("java.lang.ApplicationShutdownHooks", "java.lang.System",
        "java.lang.Thread",
        "java.lang.Runtime", "java.lang.ProcessEnvironment", "java.sql.DriverManager", "java.util.logging.Logger",
        "java.util.logging.LogManager",
        "java.util.logging.Level$KnownLevel", "java.lang.management.ManagementFactory",
        "javax.management.MBeanServerFactory",
        "sun.management.ManagementFactoryHelper", "java.security.Security", "sun.security.jca.Providers",
        "sun.security.jca.JCAUtil",
        "javax.crypto.JceSecurity", "java.net.URL", "java.net.URLConnection", "java.net.HttpURLConnection",
        "java.net.Authenticator",
        "java.net.ProxySelector", "java.net.CookieHandler", "java.net.ResponseCache", "java.net.InetAddress",
        "java.net.Socket",
        "java.net.ServerSocket", "javax.net.ssl.HttpsURLConnection", "javax.net.ssl.SSLContext", "java.util.Locale",
        "java.util.TimeZone",
        "java.util.ResourceBundle", "java.util.concurrent.ForkJoinPool",
        "java.util.concurrent.CompletableFuture$Delayer",
        "java.io.ObjectStreamClass$Caches", "java.io.ObjectInputFilter$Config", "java.beans.Introspector",
        "java.beans.ThreadGroupContext",
        "com.sun.beans.introspect.ClassInfo", "com.sun.beans.finder.MethodFinder",
        "com.sun.beans.finder.ConstructorFinder",
        "jdk.internal.misc.Signal", "jdk.internal.ref.CleanerFactory", "java.lang.reflect.Proxy",
        "java.lang.invoke.MethodType",
        "sun.rmi.transport.ObjectTable", "sun.net.www.protocol.http.HttpURLConnection", "sun.net.www.http.HttpClient",
        "java.util.prefs.Preferences", "java.lang.Object", "java.lang.String", "java.lang.Integer", "java.lang.Long",
        "java.lang.Class",
        "java.util.ArrayList", "java.util.HashMap", "java.util.List", "java.util.Map", "java.lang.Number",
        "java.lang.Boolean");

    private final Supplier<List<PackageLoader>> others;

    /**
     * A search.
     *
     * @param others the loaders of layers and of the other sandboxes
     */
    LeakSearch(Supplier<List<PackageLoader>> others) {
        this.others = others;
    }

    /** In words, for whoever wrote the function. */
    String holder(PackageLoader loader) {
        try {
            String running = running(loader);
            String path = running != null ? running : path(loader, false);
            String soft = path != null ? path : path(loader, true);
            return path != null ? path : soft != null ? "soft references only, which go when memory gets short: " + soft
                : "nothing that could be found; it may be a local of a method that runs, or native code";
        } catch (RuntimeException | LinkageError error) {
            return "what holds it could not be looked for: " + error;
        }
    }

    private static String running(PackageLoader loader) {
        for (Thread thread : GroupThreads.all()) {
            Enclosure owner = EnclosureGroup.owner(thread.getThreadGroup());
            if (owner != null && owner.packageLoader() != null) {
                continue;
            }
            ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(ThreadFields.id(thread), MOST_FRAMES);
            StackTraceElement[] frames = info == null ? new StackTraceElement[0] : info.getStackTrace();
            for (StackTraceElement frame : frames) {
                if (!PlatformPackages.holds(frame.getClassName()) && loader.hasDefined(frame.getClassName())) {
                    return "the thread \"" + thread.getName() + "\" runs its code: " + frame;
                }
            }
        }
        return null;
    }

    private String path(PackageLoader loader, boolean isSoft) {
        Belonging belonging = new Belonging(loader);
        HeapWalk walk = new HeapWalk(belonging::owns, each -> each instanceof Departures, MOST_OBJECTS, MOST_NANOS);
        if (isSoft) {
            walk.softly();
        }
        for (Thread thread : GroupThreads.all()) {
            walk.from("the thread \"" + thread.getName() + "\"", thread);
        }
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        for (String each : PLACES) {
            try {
                walk.from("the JDK", Class.forName(each, false, platform));
            } catch (ClassNotFoundException absent) {
                // a module that this JVM has not
            }
        }
        for (PackageLoader other : others.get()) {
            walk.from(other.enclosure() == null ? "a layer" : "the sandbox " + other.enclosure().spec().name(), other);
        }
        walk.from("the JDK", platform);
        walk.from("the host", LeakSearch.class.getClassLoader());
        return walk.path();
    }
}
