package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the end of a sandbox gives everything back, and what is said when it does not. */
class UnloadTest {
    private static final long VERDICT_SECONDS = 60;

    @TempDir
    Path work;

    private Path compile(String name, String body) throws Exception {
        return TenantCode.compile(work.resolve(name),
            Map.of("a." + name, "package a; @SuppressWarnings(\"all\") public class " + name + " {\n" + body + "\n}"));
    }

    private static void assertCollected(Tenant tenant) throws InterruptedException {
        assertEquals(List.of(), Tenant.REPORTS.verdicts(List.of(tenant.enclosure.id()), VERDICT_SECONDS),
            Tenant.REPORTS.leaked::toString);
    }

    @Test
    void whatAFunctionLeavesBehindIsGone() throws Exception {
        Path directory = TenantCode.compile(work.resolve("untidy"), Map.of(Untidy.NAME, Untidy.SOURCE));
        Tenant tenant = Tenant.open(work, directory);
        assertTrue(tenant.call(Untidy.NAME, "use").startsWith("used"));
        Enclosure.Closed closed = tenant.end();
        assertEquals(new Enclosure.Closed(false, List.of()), closed);
        assertTrue(tenant.lines.contains("stdout info hook"), tenant.lines::toString);
        assertCollected(tenant);
    }

    @Test
    void aPlainLoopIsStopped() throws Exception {
        Tenant tenant = Tenant.open(work, compile("Loop", """
            public static void loop() throws Exception {
                var started = new java.util.concurrent.CountDownLatch(1);
                new Thread(() -> { started.countDown(); while (true) { } }, "loops").start();
                started.await();
            }"""));
        tenant.call("a.Loop", "loop");
        assertFalse(tenant.end().stuckThreads());
        assertCollected(tenant);
    }

    @Test
    void whatItLeftRunningOnTheCommonPoolIsEnded() throws Exception {
        Tenant tenant = Tenant.open(work, compile("Hog", """
            public static void hog() throws Exception {
                var started = new java.util.concurrent.CountDownLatch(1);
                java.util.concurrent.ForkJoinPool.commonPool().execute(() -> { started.countDown(); while (true) { } });
                started.await();
            }"""));
        Tenant neighbour = Tenant.open(work, compile("Uses", """
            public static String common() throws Exception {
                int sum = java.util.stream.IntStream.range(0, 1000).parallel().sum();
                return sum + java.util.concurrent.CompletableFuture.supplyAsync(() -> " waited for").get(9, java.util.concurrent.TimeUnit.SECONDS);
            }
            public static String later() throws Exception {
                var result = new java.util.concurrent.CompletableFuture<String>();
                java.util.concurrent.ForkJoinPool.commonPool().execute(() -> result.complete("later"));
                return result.get(9, java.util.concurrent.TimeUnit.SECONDS);
            }"""));
        tenant.call("a.Hog", "hog");
        assertEquals("499500 waited for", neighbour.call("a.Uses", "common"));
        assertEquals(new Enclosure.Closed(false, List.of()), tenant.end());
        assertEquals("later", neighbour.call("a.Uses", "later"));
        assertCollected(tenant);
        neighbour.end();
    }

    @Test
    void driversThatThePackageNamesAreLoadedForEachSandbox() throws Exception {
        Path directory = compile("Drives", """
            public static class Own implements java.sql.Driver {
                static { try { java.sql.DriverManager.registerDriver(new Own()); } catch (java.sql.SQLException no) { throw new IllegalStateException(no); } }
                public java.sql.Connection connect(String url, java.util.Properties info) { return null; }
                public boolean acceptsURL(String url) { return url.startsWith("jdbc:drives:"); }
                public java.sql.DriverPropertyInfo[] getPropertyInfo(String url, java.util.Properties info) { return null; }
                public int getMajorVersion() { return 1; }
                public int getMinorVersion() { return 0; }
                public boolean jdbcCompliant() { return false; }
                public java.util.logging.Logger getParentLogger() { return null; }
            }
            public static String find() throws Exception {
                return java.sql.DriverManager.getDriver("jdbc:drives:x").getClass().getName() + java.sql.DriverManager.drivers().count();
            }""");
        Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(directory.resolve("META-INF/services/java.sql.Driver"),
            "# ours\na.Drives$Own # the only one\na.Missing\n");
        for (int round = 0; round < 2; round++) {
            Tenant tenant = Tenant.open(work, directory);
            tenant.enclosure.start("load", () -> { }).join();
            assertEquals("a.Drives$Own1", tenant.call("a.Drives", "find"));
            assertEquals("stderr warn The JDBC driver a.Missing could not be loaded", tenant.lines.peek());
            tenant.end();
            assertCollected(tenant);
        }
    }

    @Test
    void threadsInSocketsAreEnded() throws Exception {
        Tenant tenant = Tenant.open(work, compile("Sockets", """
            static java.net.ServerSocket server;
            static java.net.Socket client;
            public static void wait() throws Exception { }
            public static String read() throws Exception {
                server = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress());
                client = new java.net.Socket(server.getInetAddress(), server.getLocalPort());
                server.accept();
                Thread reads = new Thread(() -> { try { client.getInputStream().read(); } catch (Exception end) { } });
                Thread accepts = new Thread(() -> { try { server.accept(); } catch (Exception end) { } });
                reads.start();
                accepts.start();
                return "";
            }""".replace("public static void wait() throws Exception { }", "")));
        tenant.call("a.Sockets", "read");
        assertFalse(tenant.end().stuckThreads());
        assertCollected(tenant);
    }

    @Test
    void whatHoldsALoaderIsNamed() throws Exception {
        Path layer = compile("Cache", "public static final java.util.List<Object> KEPT = new java.util.ArrayList<>();");
        Path own = TenantCode.compile(work.resolve("own"), Map.of("b.Keeps",
            "package b; public class Keeps { public static void keep() { a.Cache.KEPT.add(new Keeps()); } }"), layer);
        Tenant stays = Tenant.open(work, own, List.of(layer), Map.of(), Limits.none());
        Tenant goes = Tenant.open(work, own, List.of(layer), Map.of(), Limits.none());
        Tenant stubborn = Tenant.open(work, compile("Stubborn", """
            public static volatile boolean free;
            public static void loop() throws Exception {
                var started = new java.util.concurrent.CountDownLatch(1);
                System.getProperties().put("free", (Runnable) () -> free = true);
                new Thread(() -> { started.countDown(); while (!free) { try { Thread.sleep(1); } catch (Throwable no) { } } }, "stubborn").start();
                started.await();
            }"""));
        stubborn.call("a.Stubborn", "loop");
        Runnable free = (Runnable) stubborn.enclosure.properties().get("free");
        try {
            goes.call("b.Keeps", "keep");
            goes.end();
            Enclosure.Closed closed = stubborn.end();
            assertTrue(closed.stuckThreads());
            assertTrue(closed.names().get(0).startsWith("\"stubborn\" in a.Stubborn."), closed.names()::toString);
            assertTrue(Tenant.REPORTS.await(() -> !Tenant.REPORTS.tainted.isEmpty(), 5), "the JVM is tainted");
            List<String> ids = List.of(goes.enclosure.id(), stubborn.enclosure.id());
            assertEquals(ids, Tenant.REPORTS.verdicts(ids, VERDICT_SECONDS));
            String held = Tenant.REPORTS.leaked.get(ids.get(0));
            assertTrue(held.contains("KEPT (java.util.ArrayList)") && held.endsWith("(b.Keeps)"), held);
            String runs = Tenant.REPORTS.leaked.get(ids.get(1));
            assertTrue(runs.startsWith("the thread \"stubborn\" runs its code: a.Stubborn."), runs);
        } finally {
            free.run();
        }
        stays.end();
    }
}
