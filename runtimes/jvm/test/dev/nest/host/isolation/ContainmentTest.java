package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one sandbox uses up, it uses up for itself; the neighbour serves all the while. */
class ContainmentTest {
    private static final String SOURCE = """
        package a;
        import java.util.*;
        import java.util.concurrent.*;
        public class Greedy {
            static final List<Object> HELD = new ArrayList<>();
            static volatile boolean calm;

            public static String serve() { return "served"; }

            public static void recurse() { recurse(); }

            public static String array() { return "" + new long[Integer.MAX_VALUE - 8].length; }

            public static void hoard() throws Exception {
                var old = java.lang.management.ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(each -> each.getName().contains("Tenured")).findFirst().orElseThrow();
                while (old.getUsage().getUsed() < 0.95 * old.getUsage().getMax()) { HELD.add(new byte[1 << 20]); Thread.sleep(2); }
                Thread.sleep(60_000);
            }

            public static void fail() throws Exception {
                Thread thread = new Thread(() -> { throw new IllegalStateException("nobody catches"); }, "fails");
                thread.start();
                thread.join();
            }

            public static void spin() { while (!Thread.currentThread().isInterrupted()) { } }

            public static long burn() {
                long until = System.nanoTime() + 200_000_000L;
                long sum = 0;
                while (System.nanoTime() < until) { sum++; }
                return sum;
            }

            public static String allocate() {
                long sum = 0;
                for (int each = 0; each < 50; each++) { sum += new byte[1 << 20].length; }
                return "" + sum;
            }

            public static String threads() throws Exception {
                List<Thread> started = new ArrayList<>();
                CountDownLatch end = new CountDownLatch(1);
                try {
                    for (int each = 0; each < 1000; each++) {
                        Thread thread = new Thread(() -> { try { end.await(); } catch (InterruptedException over) { } });
                        thread.start();
                        started.add(thread);
                    }
                    return "all";
                } catch (RejectedExecutionException refused) {
                    return started.size() + " " + refused.getMessage();
                } finally {
                    end.countDown();
                    for (Thread each : started) { each.join(); }
                }
            }

            public static String executors() throws Exception {
                ExecutorService pool = Executors.newCachedThreadPool();
                CountDownLatch end = new CountDownLatch(1);
                int started = 0;
                try {
                    for (; started < 1000; started++) {
                        pool.submit(() -> { end.await(); return null; });
                    }
                    return "all";
                } catch (RejectedExecutionException refused) {
                    return "refused";
                } finally {
                    end.countDown();
                    pool.shutdown();
                    pool.awaitTermination(9, TimeUnit.SECONDS);
                }
            }

            public static void prepared() throws Exception {
                List<Thread> all = new ArrayList<>();
                for (int each = 0; each < 20; each++) {
                    all.add(new Thread(() -> { try { Thread.sleep(60_000); } catch (InterruptedException over) { } }));
                }
                for (Thread each : all) { each.start(); }
            }
        }
        """;

    @TempDir
    Path work;
    private Path directory;
    private Tenant neighbour;

    @BeforeEach
    void open() throws Exception {
        directory = TenantCode.compile(work.resolve("package"), Map.of("a.Greedy", SOURCE));
        neighbour = Tenant.open(work, directory);
    }

    @AfterEach
    void theNeighbourServes() throws Exception {
        assertEquals("served", neighbour.call("a.Greedy", "serve"));
        assertEquals(null, neighbour.enclosure.refusal());
        neighbour.close();
    }

    private Tenant greedy(Limits limits) throws Exception {
        return Tenant.open(work, directory, List.of(), Map.of(), limits);
    }

    @Test
    void endlessRecursionAndTooLargeAnArrayFailThereOnly() throws Exception {
        try (Tenant tenant = greedy(Limits.none())) {
            assertEquals("java.lang.StackOverflowError", tenant.refusal("a.Greedy", "recurse"));
            assertTrue(tenant.refusal("a.Greedy", "array").startsWith("java.lang.OutOfMemoryError"));
            assertEquals("served", tenant.call("a.Greedy", "serve"));
        }
    }

    @Test
    void anErrorThatNobodyCatchesEndsItsThreadAndIsLogged() throws Exception {
        try (Tenant tenant = greedy(Limits.none())) {
            tenant.call("a.Greedy", "fail");
            assertEquals("stderr error Thread \"fails\" ended with an error that nobody caught", tenant.lines.poll());
            assertEquals("stderr error java.lang.IllegalStateException: nobody catches", tenant.lines.poll());
        }
    }

    @Test
    void whatItUsesIsMetered() throws Exception {
        try (Tenant tenant = greedy(Limits.none())) {
            Enclosure.Usage before = tenant.enclosure.usage();
            tenant.call("a.Greedy", "burn");
            tenant.call("a.Greedy", "allocate");
            Enclosure.Usage after = tenant.enclosure.usage();
            long cpu = (after.cpuNanos() - before.cpuNanos()) / 1_000_000;
            assertTrue(cpu >= 20 && cpu < 2000, cpu + " ms");
            long bytes = after.allocatedBytes() - before.allocatedBytes();
            assertTrue(bytes >= 50L << 20 && bytes < 60L << 20, bytes + " B");
            assertTrue(after.threads() >= 1 && after.threads() <= 2, after.threads() + " threads");
            assertTrue(neighbour.enclosure.usage().allocatedBytes() < 1 << 20);
        }
    }

    @Test
    void oneThreadTooManyIsRefused() throws Exception {
        try (Tenant tenant = greedy(new Limits(0, 0, 10))) {
            assertEquals("9 The function has 10 live threads, as many as a function of a JVM may have: one more is refused",
                tenant.call("a.Greedy", "threads"));
            assertEquals("refused", tenant.call("a.Greedy", "executors"));
            assertEquals("served", tenant.call("a.Greedy", "serve"));
        }
    }

    @Test
    void threadsThatWerePreparedAndStartedAtOnceEndTheSandbox() throws Exception {
        Tenant tenant = greedy(new Limits(0, 0, 10));
        tenant.call("a.Greedy", "prepared");
        String id = tenant.enclosure.id();
        try {
            tenant.call("a.Greedy", "serve");
            assertTrue(Tenant.REPORTS.await(() -> tenant.enclosure.refusal() != null, 5));
        } catch (RejectedExecutionException full) {
            assertTrue(full.getMessage().contains("as many as it may have"), full.getMessage());
        }
        assertTrue(Tenant.REPORTS.await(() -> Tenant.REPORTS.breached.containsKey(id), 40));
        assertTrue(Tenant.REPORTS.breached.get(id).startsWith("ThreadLimitExceeded: it has 2"),
            Tenant.REPORTS.breached.get(id));
        assertFalse(tenant.end().stuckThreads());
    }

    @Test
    void aLoopIsRefusedThenInterrupted() throws Exception {
        Tenant tenant = greedy(new Limits(100, 0, 0));
        long begin = System.nanoTime();
        tenant.call("a.Greedy", "spin");
        double seconds = (System.nanoTime() - begin) / 1e9;
        assertTrue(seconds > 2, "interrupted after " + seconds);
        assertNotNull(tenant.enclosure.refusal());
        assertTrue(tenant.enclosure.refusal().endsWith("its limit is 100m"), tenant.enclosure.refusal());
        tenant.end();
    }

    @Test
    void whoFillsTheHeapIsEnded() throws Exception {
        Tenant tenant = greedy(Limits.none());
        String id = tenant.enclosure.id();
        Thread hoards = tenant.enclosure.start("hoards", () -> {
            try {
                Class.forName("a.Greedy", true, tenant.enclosure.loader()).getMethod("hoard").invoke(null);
            } catch (ReflectiveOperationException interrupted) {
                // it is ended
            }
        });
        assertTrue(Tenant.REPORTS.await(() -> Tenant.REPORTS.breached.containsKey(id), 60));
        assertTrue(Tenant.REPORTS.breached.get(id).startsWith("MemoryLimitExceeded: "),
            Tenant.REPORTS.breached.get(id));
        assertEquals("served", neighbour.call("a.Greedy", "serve"));
        assertFalse(tenant.end().stuckThreads());
        hoards.join(1000);
        assertTrue(Tenant.REPORTS.await(() -> Tenant.REPORTS.collected.contains(id), 60));
    }

    @Test
    void aClosedSandboxTakesNoMoreWork() throws Exception {
        Tenant tenant = greedy(Limits.none());
        tenant.end();
        assertEquals("it is being unloaded", tenant.enclosure.refusal());
        try {
            tenant.call("a.Greedy", "serve");
        } catch (RejectedExecutionException | ExecutionException refused) {
            return;
        }
        throw new AssertionError("it ran");
    }
}
