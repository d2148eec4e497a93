package dev.nest.host.isolation;

/**
 * The source of a function that leaves everything behind that Tomcat's list of leaks knows, and does its work at the
 * same time.
 */
final class Untidy {
    static final String NAME = "a.Untidy";
    static final String SOURCE = """
        package a;

        import java.lang.management.ManagementFactory;
        import java.lang.ref.Cleaner;
        import java.net.*;
        import java.sql.*;
        import java.util.*;
        import java.util.concurrent.*;
        import java.util.logging.*;
        import javax.management.*;

        @SuppressWarnings("all")
        public class Untidy {
            static final Timer TIMER = new Timer("untidy timer");
            static final ExecutorService POOL = Executors.newFixedThreadPool(2);
            static final ScheduledExecutorService LATE = Executors.newScheduledThreadPool(1);
            static final ForkJoinPool FORKS = new ForkJoinPool(2);
            static final Timer CANCELLED = new Timer("cancelled");
            static final ThreadLocal<Object> LOCAL = ThreadLocal.withInitial(Untidy::new);
            static final Cleaner CLEANER = Cleaner.create();
            static final Object CLEANED = new Object();
            static final Thread.UncaughtExceptionHandler HANDLER = (thread, error) -> { };
            static ServerSocket listening;
            byte[] ballast = new byte[1000];

            public interface BoxMBean { int getSize(); }
            public static class Box implements BoxMBean { public int getSize() { return 1; } }
            public static class Names extends ListResourceBundle { protected Object[][] getContents() { return new Object[][] {{"a", "b"}}; } }
            public record Point(int x, String y) implements java.io.Serializable { }
            public static class Old implements java.io.Serializable { int x = 1; List<Old> list = new ArrayList<>(); }
            public static class Bean { public int getX() { return 1; } public void setX(int x) { } }

            public static class OwnDriver implements Driver {
                public Connection connect(String url, Properties info) { return null; }
                public boolean acceptsURL(String url) { return url.startsWith("jdbc:own:"); }
                public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) { return new DriverPropertyInfo[0]; }
                public int getMajorVersion() { return 1; }
                public int getMinorVersion() { return 0; }
                public boolean jdbcCompliant() { return false; }
                public Logger getParentLogger() { return Logger.getLogger("own"); }
            }

            public static String use() throws Exception {
                LOCAL.get();
                CANCELLED.cancel();
                TIMER.schedule(new TimerTask() { public void run() { } }, 1, 3_600_000);
                POOL.submit(() -> LOCAL.get()).get();
                LATE.scheduleAtFixedRate(() -> LOCAL.get(), 3600, 3600, TimeUnit.SECONDS);
                FORKS.submit(() -> LOCAL.get()).get();
                ForkJoinPool.commonPool().submit(() -> LOCAL.get()).get();
                List.of(1, 2, 3).parallelStream().forEach(each -> LOCAL.get());
                new CompletableFuture<Object>().orTimeout(1, TimeUnit.HOURS).whenComplete((value, error) -> LOCAL.get());
                CompletableFuture.supplyAsync(Untidy::new).get();
                CLEANER.register(CLEANED, () -> System.out.println("cleaned"));
                thread(() -> { while (!Thread.currentThread().isInterrupted()) { Thread.sleep(1000); } return null; });
                thread(() -> { listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); listening.accept(); return null; });
                DriverManager.registerDriver(new OwnDriver());
                DriverManager.getDriver("jdbc:own:x");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
                ManagementFactory.getPlatformMBeanServer().registerMBean(new Box(), new ObjectName("a:type=Box,id=" + UUID.randomUUID()));
                ResourceBundle.getBundle("a.Untidy$Names").getString("a");
                Logger.getLogger("a.b").addHandler(new ConsoleHandler() { });
                Logger.getGlobal().addHandler(new ConsoleHandler() { });
                Logger.getLogger("a.b").info("log");
                Proxy();
                var bytes = new java.io.ByteArrayOutputStream();
                try (var out = new java.io.ObjectOutputStream(bytes)) { out.writeObject(new Old()); out.writeObject(new Point(1, "")); }
                try (var in = new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(bytes.toByteArray()))) { in.readObject(); }
                java.beans.Introspector.getBeanInfo(Bean.class);
                java.security.Security.addProvider(new java.security.Provider("Untidy", "1", "") { });
                new ClassValue<Object>() { protected Object computeValue(Class<?> type) { return new Untidy(); } }.get(Untidy.class);
                System.getProperties().put("untidy", new Untidy());
                Thread.currentThread().setUncaughtExceptionHandler(HANDLER);
                URL address = Untidy.class.getResource("Untidy.class");
                address.openStream().close();
                return "used " + DriverManager.drivers().count();
            }

            interface Task { Object run() throws Exception; }

            static void thread(Task task) throws Exception {
                CountDownLatch started = new CountDownLatch(1);
                new Thread(() -> {
                    started.countDown();
                    try { task.run(); } catch (Exception ended) { }
                }).start();
                started.await();
            }

            static void Proxy() {
                Runnable proxy = (Runnable) java.lang.reflect.Proxy.newProxyInstance(Untidy.class.getClassLoader(), new Class<?>[] {Runnable.class},
                    (self, method, arguments) -> null);
                proxy.run();
            }
        }
        """;

    private Untidy() {
    }
}
