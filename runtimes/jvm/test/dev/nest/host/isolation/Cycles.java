package dev.nest.host.isolation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Loads and unloads a function that uses all that could leak, many times, and compares Metaspace and heap before and
 * after. As a program it prints JSON lines: {@code Cycles [how many]}.
 */
final class Cycles {
    private static final int WARM = 20;
    private static final int TOGETHER = 4;
    private static final long VERDICT_SECONDS = 90;

    /** Bytes that are used after collections, when all that was unloaded is collected. */
    record Figures(long metaspace, long heap, int classes) {
    }

    /** What it showed. */
    record Result(Figures before, Figures after, int leaked, double secondsEach) {
    }

    private final Path work;
    private final Path untidy;

    Cycles(Path work) throws IOException {
        this.work = work;
        untidy = TenantCode.compile(work.resolve("untidy"), Map.of(Untidy.NAME, Untidy.SOURCE));
    }

    Result run(int count) throws Exception {
        cycle(WARM);
        Figures before = figures();
        long begin = System.nanoTime();
        int leaked = cycle(count);
        double each = (System.nanoTime() - begin) / 1e9 / count;
        return new Result(before, figures(), leaked, each);
    }

    /** Returns how many were not collected. */
    private int cycle(int count) throws Exception {
        List<String> ids = new ArrayList<>();
        Deque<Tenant> open = new ArrayDeque<>();
        for (int number = 0; number < count; number++) {
            Tenant tenant = Tenant.open(work, untidy);
            tenant.call(Untidy.NAME, "use");
            ids.add(tenant.enclosure.id());
            open.add(tenant);
            if (open.size() >= TOGETHER) {
                end(open);
            }
        }
        end(open);
        List<String> held = Tenant.REPORTS.verdicts(ids, VERDICT_SECONDS);
        held.forEach(id -> System.err.println(id + " leaked: " + Tenant.REPORTS.leaked.get(id)));
        return held.size();
    }

    /** All at the same time. */
    private static void end(Deque<Tenant> open) {
        open.forEach(each -> each.enclosure.close());
        open.forEach(Tenant::close);
        open.clear();
    }

    static Figures figures() {
        long metaspace = Long.MAX_VALUE;
        long heap = Long.MAX_VALUE;
        JvmMemory memory = new JvmMemory();
        for (int round = 0; round < 3; round++) {
            System.gc();
            metaspace = Math.min(metaspace, memory.metaspace().getUsed());
            heap = Math.min(heap, memory.heap().getUsed());
        }
        return new Figures(metaspace, heap, ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    }

    public static void main(String[] arguments) throws Exception {
        Path work = Files.createTempDirectory("nest-cycles");
        try {
            int count = arguments.length == 0 ? 1000 : Integer.parseInt(arguments[0]);
            Result result = new Cycles(work).run(count);
            String conditions = count
                + " load/unload cycles of a function with threads, timers, thread-locals, a driver, MBean, hook, loggers";
            print("jvm.cycles.metaspace.change",
                100.0 * (result.after.metaspace - result.before.metaspace) / result.before.metaspace, "%", count,
                conditions
                + "; " + result.before.metaspace + " before, " + result.after.metaspace + " after");
            print("jvm.cycles.heap.change", 100.0 * (result.after.heap - result.before.heap) / result.before.heap, "%",
                count, conditions
                + "; " + result.before.heap + " before, " + result.after.heap + " after");
            print("jvm.cycles.leaked", result.leaked, "count", count, conditions);
            print("jvm.cycles.each", result.secondsEach * 1000, "ms", count, conditions);
        } finally {
            try (var files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
            }
        }
        System.exit(0);
    }

    static void print(String name, double value, String unit, int count, String conditions) {
        System.out.println("{\"name\":\"" + name + "\",\"value\":" + Math.round(value * 1000) / 1000.0 + ",\"unit\":\""
            + unit + "\",\"n\":" + count
            + ",\"conditions\":\"" + conditions + "\"}");
    }
}
