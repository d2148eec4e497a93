package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JVM has once, each sandbox has for itself: two of the same package, side by side. */
class ViewTest {
    private static final String SOURCE = """
        package a;

        import java.util.*;
        import java.util.concurrent.*;
        import java.util.logging.*;
        import java.util.stream.*;

        public class Views {
            static final String WHO = System.getenv("WHO");

            public static String environment() {
                return System.getenv("WHO") + System.getenv().get("WHO") + System.getenv().size() + System.getenv().containsKey("PATH");
            }

            public static String properties() {
                System.setProperty("who", WHO);
                System.getProperties().put("who.more", WHO);
                return System.getProperty("who") + System.getProperty("who.more") + System.getProperties().containsKey("jdk.module.path")
                    + System.getProperty("java.version").isEmpty();
            }

            public static String directories() {
                return System.getProperty("user.dir") + " " + System.getProperty("user.home") + " " + System.getProperty("java.io.tmpdir");
            }

            public static void print() {
                System.out.print("a ");
                System.out.println(WHO);
                System.err.printf("b %s%n", WHO);
                System.out.write('\\n');
                System.out.println("\\u00e4".repeat(9000));
                System.out.print("rest");
            }

            public static void log() {
                Logger.getLogger("x.y").info("info " + WHO);
                Logger.getLogger("x.y").fine("not shown");
                Logger.getLogger("x.y").log(Level.SEVERE, "severe {0}", WHO);
                System.getLogger("x.z").log(System.Logger.Level.WARNING, "system " + WHO);
                Logger.getGlobal().info("global " + WHO);
            }

            public static String levels() throws Exception {
                Logger.getLogger("x").setLevel(Level.FINE);
                Logger.getLogger("x.y.z").fine("shown");
                Logger.getLogger("").addHandler(new ConsoleHandler());
                LogManager.getLogManager().readConfiguration(new java.io.ByteArrayInputStream("q.level=FINEST".getBytes()));
                return Logger.getLogger("x").getLevel() + " " + Logger.getLogger("").getHandlers().length + " " + Logger.getLogger("q").getLevel();
            }

            public static String others() {
                return Logger.getLogger("x").getLevel() + " " + Logger.getLogger("").getHandlers().length + " " + Logger.getLogger("q").getLevel()
                    + Collections.list(LogManager.getLogManager().getLoggerNames()).contains("x.y.z");
            }

            static String thread() {
                return WHO.equals(System.getenv("WHO")) + ":" + (Thread.currentThread().getContextClassLoader() == Views.class.getClassLoader());
            }

            public static String future() throws Exception {
                return CompletableFuture.supplyAsync(Views::thread).thenApplyAsync(each -> each + " " + thread()).get(9, TimeUnit.SECONDS);
            }

            public static String streams() {
                return IntStream.range(0, 1000).parallel().mapToObj(each -> System.getenv("WHO")).distinct().collect(Collectors.joining());
            }

            public static String common() throws Exception {
                return ForkJoinPool.commonPool().submit(() -> System.getenv("WHO")).get(9, TimeUnit.SECONDS);
            }

            public static String pools() throws Exception {
                ForkJoinPool pool = new ForkJoinPool(2);
                ScheduledExecutorService late = Executors.newScheduledThreadPool(1);
                try {
                    return pool.submit(() -> System.getenv("WHO")).get(9, TimeUnit.SECONDS)
                        + late.schedule(Views::thread, 1, TimeUnit.MILLISECONDS).get(9, TimeUnit.SECONDS);
                } finally {
                    pool.shutdown();
                    late.shutdown();
                }
            }

            public static String timer() throws Exception {
                CompletableFuture<String> result = new CompletableFuture<>();
                Timer timer = new Timer();
                timer.schedule(new TimerTask() {
                    public void run() {
                        result.complete(thread());
                    }
                }, 1);
                try {
                    return result.get(9, TimeUnit.SECONDS);
                } finally {
                    timer.cancel();
                }
            }

            public static String delayed() throws Exception {
                CompletableFuture<String> late = new CompletableFuture<>();
                return late.completeOnTimeout("", 1, TimeUnit.MILLISECONDS).thenApply(each -> System.getenv("WHO")).get(9, TimeUnit.SECONDS);
            }

            public static String providers() throws Exception {
                Security.set();
                return java.security.Security.getProvider("Own") + " "
                    + CompletableFuture.supplyAsync(() -> java.security.Security.getProvider("Own") != null).get(9, TimeUnit.SECONDS);
            }

            public static String provider() {
                return String.valueOf(java.security.Security.getProvider("Own"));
            }

            public static String tls() throws Exception {
                javax.net.ssl.SSLContext.getDefault();
                return javax.crypto.Cipher.getInstance("AES/GCM/NoPadding").getAlgorithm();
            }

            public static String http() throws Exception {
                var server = com.sun.net.httpserver.HttpServer.create(new java.net.InetSocketAddress("127.0.0.1", 0), 0);
                server.createContext("/", exchange -> {
                    byte[] bytes = System.getenv("WHO").getBytes();
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
                server.start();
                try {
                    var client = java.net.http.HttpClient.newHttpClient();
                    var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/")).build();
                    return client.sendAsync(request, java.net.http.HttpResponse.BodyHandlers.ofString())
                        .thenApply(answer -> answer.body() + System.getenv("WHO")).get(9, TimeUnit.SECONDS);
                } finally {
                    server.stop(0);
                }
            }

            static class Security {
                static void set() {
                    java.security.Security.addProvider(new java.security.Provider("Own", "1", "") { });
                }
            }
        }
        """;

    @TempDir
    static Path work;
    private static Tenant one;
    private static Tenant two;

    @BeforeAll
    static void open() throws Exception {
        Path directory = TenantCode.compile(work.resolve("package"), Map.of("a.Views", SOURCE));
        one = Tenant.open(work, directory, List.of(), Map.of("WHO", "one"), Limits.none());
        two = Tenant.open(work, directory, List.of(), Map.of("WHO", "two"), Limits.none());
    }

    @AfterAll
    static void close() {
        one.close();
        two.close();
    }

    @BeforeEach
    void forget() {
        one.lines.clear();
        two.lines.clear();
    }

    private static void both(String method, String ofOne, String ofTwo) throws Exception {
        assertEquals(ofOne, one.call("a.Views", method));
        assertEquals(ofTwo, two.call("a.Views", method));
    }

    @Test
    void environmentIsItsOwn() throws Exception {
        both("environment", "oneone1false", "twotwo1false");
        assertNull(System.getenv("WHO"));
        assertTrue(System.getenv().containsKey("PATH"));
    }

    @Test
    void propertiesAreItsOwn() throws Exception {
        both("properties", "oneonefalsefalse", "twotwofalsefalse");
        assertNull(System.getProperty("who"));
        assertTrue(System.getProperties().containsKey("java.home"));
    }

    @Test
    void directoriesAreItsOwn() throws Exception {
        Path own = work.resolve(one.enclosure.id());
        assertEquals(own + " " + own + " " + own.resolve("tmp"), one.call("a.Views", "directories"));
    }

    @Test
    void whatItPrintsIsItsOwnByLines() throws Exception {
        one.call("a.Views", "print");
        two.call("a.Views", "print");
        List<String> lines = List.copyOf(one.lines);
        assertEquals(List.of("stdout info a one", "stderr error b one", "stdout info "), lines.subList(0, 3));
        assertEquals("stdout info piece " + "\u00e4".repeat(8192), lines.get(3));
        assertEquals("stdout info " + "\u00e4".repeat(808), lines.get(4));
        assertEquals(5, lines.size());
        assertEquals("stdout info a two", two.lines.peek());
    }

    @Test
    void loggersAreItsOwn() throws Exception {
        one.call("a.Views", "log");
        assertEquals(List.of("stderr info x.y: info one", "stderr error x.y: severe one", "stderr warn x.z: system one",
            "stderr info global: global one"),
            List.copyOf(one.lines));
        assertTrue(two.lines.isEmpty());
        assertEquals("FINE 2 FINEST", one.call("a.Views", "levels"));
        assertEquals("null 1 nullfalse", two.call("a.Views", "others"));
        assertTrue(one.lines.contains("stderr debug x.y.z: shown"), one.lines::toString);
    }

    @Test
    void asynchronousStepsRunOnItsOwnThreads() throws Exception {
        both("future", "true:true true:true", "true:true true:true");
        both("pools", "onetrue:true", "twotrue:true");
        both("timer", "true:true", "true:true");
    }

    @Test
    void threadsThatAreSharedKnowWhoseCodeTheyRun() throws Exception {
        both("streams", "one", "two");
        both("common", "one", "two");
        both("delayed", "one", "two");
    }

    @Test
    void securityProvidersAreItsOwn() throws Exception {
        assertEquals("Own version 1 true", one.call("a.Views", "providers"));
        assertEquals("null", two.call("a.Views", "provider"));
        assertFalse(List.of(java.security.Security.getProviders()).stream()
            .anyMatch(each -> each.getName().equals("Own")));
    }

    @Test
    void theJdksLibrariesWork() throws Exception {
        both("tls", "AES/GCM/NoPadding", "AES/GCM/NoPadding");
        both("http", "oneone", "twotwo");
    }
}
