package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attacks on the JVM and on a neighbour: each is refused in words, and the neighbour goes on. */
class GuardTest {
    @TempDir
    static Path work;
    private static Tenant attacker;
    private static Tenant neighbour;

    /** A body of a method, and what its refusal says. */
    record Attack(String name, String body, String says) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Attack> attacks() {
        return List.of(
            new Attack("exit", "System.exit(3);", "System.exit and Runtime.halt are refused"),
            new Attack("halt", "Runtime.getRuntime().halt(3);", "System.exit and Runtime.halt are refused"),
            new Attack("exitByReflection", "System.class.getMethod(\"exit\", int.class).invoke(null, 3);",
            "InvocationTargetException"),
            new Attack("exitByHandle", """
                java.lang.invoke.MethodHandles.lookup().findStatic(System.class, "exit",
                    java.lang.invoke.MethodType.methodType(void.class, int.class)).invoke(3);""", "System.exit and Runtime.halt are refused"),
            new Attack("exitByReference", "java.util.function.IntConsumer exit = System::exit; exit.accept(3);",
            "System.exit"),
            new Attack("exitWithPrivilege", """
                java.security.AccessController.doPrivileged((java.security.PrivilegedAction<Void>) () -> { System.exit(3); return null; });""",
                "System.exit and Runtime.halt are refused"),
            new Attack("exitOnACommonThread", """
                java.util.concurrent.ForkJoinPool.commonPool().submit(() -> System.exit(3)).get(9, java.util.concurrent.TimeUnit.SECONDS);""",
                "System.exit and Runtime.halt are refused"),
            new Attack("exitOnADelayedThread", """
                var late = new java.util.concurrent.CompletableFuture<String>();
                late.completeOnTimeout("", 1, java.util.concurrent.TimeUnit.MILLISECONDS).thenRun(() -> System.exit(3)).join();""",
                "System.exit and Runtime.halt are refused"),
            new Attack("exec", "new ProcessBuilder(\"true\").start();", "Processes may not be started (true)"),
            new Attack("execByRuntime", "Runtime.getRuntime().exec(\"true\");", "Processes may not be started (true)"),
            new Attack("endOfProcesses", "ProcessHandle.allProcesses().forEach(ProcessHandle::destroy);",
            "Processes may not be looked at"),
            new Attack("library", "System.load(\"/lib/x86_64-linux-gnu/libc.so.6\");", "Native libraries are refused"),
            new Attack("libraryByName", "System.loadLibrary(\"c\");", "Native libraries are refused"),
            new Attack("out", "System.setOut(new java.io.PrintStream(java.io.OutputStream.nullOutputStream()));",
            "setOut"),
            new Attack("err", "System.setErr(null);", "setErr"),
            new Attack("properties", "System.setProperties(new java.util.Properties());",
            "System.setProperties is refused"),
            new Attack("manager", "System.setSecurityManager(null);", "security manager may not be replaced"),
            new Attack("policy", "java.security.Policy.setPolicy(null);", "setPolicy"),
            new Attack("defaultHandler", "Thread.setDefaultUncaughtExceptionHandler((t, e) -> { });",
            "setDefaultUncaughtExceptionHandler is refused"),
            new Attack("threads", "Thread.getAllStackTraces();", "threads of other functions"),
            new Attack("parentGroup", "Thread.currentThread().getThreadGroup().getParent().interrupt();",
            "Thread groups of other functions"),
            new Attack("neighboursGroup", """
                ThreadGroup own = Thread.currentThread().getThreadGroup();
                var field = ThreadGroup.class.getDeclaredField("parent");
                field.setAccessible(true);""", "InaccessibleObjectException"),
            new Attack("threadOfTheHost", "((Thread) System.getProperties().get(\"thread\")).interrupt();",
            "Threads of other functions and of the host"),
            new Attack("stop", "((Thread) System.getProperties().get(\"thread\")).stop();",
            "Threads of other functions and of the host"),
            new Attack("priority", "((Thread) System.getProperties().get(\"thread\")).setPriority(1);",
            "Threads of other functions and of the host"),
            new Attack("threadInGroup",
            "new Thread(((Thread) System.getProperties().get(\"thread\")).getThreadGroup(), () -> { }).start();",
                "Thread groups of other functions"),
            new Attack("hostsClass",
            "Class.forName(\"dev.nest.host.isolation.Isolation\", true, ClassLoader.getSystemClassLoader())"
                + ".getDeclaredMethod(\"instance\").invoke(null);", "IllegalAccessException"),
            new Attack("hooks",
            "Class.forName(\"java.lang.ApplicationShutdownHooks\").getDeclaredField(\"hooks\").setAccessible(true);",
                "InaccessibleObjectException"),
            new Attack("environmentOfTheProcess", "new java.io.FileInputStream(\"/proc/self/environ\").close();",
            "is the host's"),
            new Attack("memory", "new java.io.RandomAccessFile(\"/proc/self/mem\", \"rw\").close();", "is the host's"),
            new Attack("descriptor", "new java.io.FileOutputStream(\"/dev/fd/1\").close();", "is the host's"),
            new Attack("descriptorObject", "new java.io.FileOutputStream(java.io.FileDescriptor.out).close();",
            "Descriptors may not be opened"),
            new Attack("link",
            "java.nio.file.Files.createSymbolicLink(java.nio.file.Path.of(\"x\"), java.nio.file.Path.of(\"/proc\"));",
            "Links are refused"),
            new Attack("neighboursFile",
            "java.nio.file.Files.readString(java.nio.file.Path.of(System.getenv(\"NEIGHBOUR\"), \"secret\"));",
            "directory of another function"),
            new Attack("neighboursFileByDots",
            "new java.io.FileReader(System.getenv(\"NEIGHBOUR\") + \"/x/../secret\").close();",
            "directory of another function"),
            new Attack("neighboursFileDeleted", "new java.io.File(System.getenv(\"NEIGHBOUR\"), \"secret\").delete();",
            "directory of another function"),
            new Attack("heapDump", """
                java.lang.management.ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class)
                    .dumpHeap("/tmp/never.hprof", true);""", "Control of the JVM"),
            new Attack("zone", "java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone(\"Asia/Tokyo\"));",
            "TimeZone.setDefault is refused"),
            new Attack("locale", "java.util.Locale.setDefault(java.util.Locale.JAPAN);",
            "Locale.setDefault is refused"),
            new Attack("authenticator", "java.net.Authenticator.setDefault(null);",
            "Authenticator.setDefault is refused"),
            new Attack("proxies", "java.net.ProxySelector.setDefault(null);", "ProxySelector.setDefault is refused"),
            new Attack("cookies", "java.net.CookieHandler.setDefault(new java.net.CookieManager());",
            "CookieHandler.setDefault is refused"),
            new Attack("tls", "javax.net.ssl.SSLContext.setDefault(javax.net.ssl.SSLContext.getDefault());",
            "SSLContext.setDefault is refused"),
            new Attack("urlHandlers", "java.net.URL.setURLStreamHandlerFactory(name -> null);", "factory"),
            new Attack("securityProperty", "java.security.Security.setProperty(\"networkaddress.cache.ttl\", \"0\");",
            "Security settings"),
            new Attack("exitByOwnLoader", """
                byte[] code;
                try (var in = Attacks.class.getResourceAsStream("Exit.class")) { code = in.readAllBytes(); }
                var all = new java.security.Permissions();
                all.add(new java.security.AllPermission());
                Class<?> free = new ClassLoader(null) {
                    Class<?> make() { return defineClass(null, code, 0, code.length, new java.security.ProtectionDomain(null, all)); }
                }.make();
                ((Runnable) free.getDeclaredConstructor().newInstance()).run();""", "System.exit and Runtime.halt are refused"));
    }

    @BeforeAll
    static void open() throws Exception {
        StringBuilder source = new StringBuilder("package a; @SuppressWarnings(\"all\") public class Attacks {\n");
        for (Attack each : attacks()) {
            source.append("public static void ").append(each.name()).append("() throws Throwable {\n")
                .append(each.body()).append("\n}\n");
        }
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put("a.Attacks", source.append("}").toString());
        sources.put("a.Exit",
            "package a; public class Exit implements Runnable { public void run() { System.exit(3); } }");
        Path bad = TenantCode.compile(work.resolve("attacker"), sources);
        Path good = TenantCode.compile(work.resolve("neighbour"), Map.of("a.Good", """
            package a;
            public class Good {
                public static String serve() throws Exception {
                    System.out.println("serves");
                    return java.util.TimeZone.getDefault().getID() + java.util.Locale.getDefault();
                }
            }"""));
        Files.writeString(good.resolve("secret"), "secret");
        neighbour = Tenant.open(work, good);
        attacker = Tenant.open(work, bad, List.of(), Map.of("NEIGHBOUR", good.toString()), Limits.none());
        attacker.enclosure.properties().put("thread", Thread.currentThread());
    }

    @AfterAll
    static void close() throws Exception {
        attacker.close();
        neighbour.close();
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void isRefusedAndTheNeighbourServes(Attack attack) throws Exception {
        String before = neighbour.call("a.Good", "serve");
        PrintStream out = System.out;
        SecurityManager manager = System.getSecurityManager();
        String refusal = attacker.refusal("a.Attacks", attack.name());
        assertTrue(refusal.contains(attack.says()), () -> refusal);
        neighbour.lines.clear();
        assertEquals(before, neighbour.call("a.Good", "serve"));
        assertEquals(List.of("stdout info serves"), List.copyOf(neighbour.lines));
        assertEquals(out, System.out);
        assertEquals(manager, System.getSecurityManager());
        assertTrue(Files.exists(work.resolve("neighbour/secret")));
        assertEquals(false, Thread.interrupted());
    }
}
