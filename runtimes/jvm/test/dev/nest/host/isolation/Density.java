package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What an idle, trivial function costs: opens many, calls each once, and prints what each more costs of heap, Metaspace
 * and memory.
 */
final class Density {
    private static final List<Integer> STEPS = List.of(10, 100, 200);
    private static final int WARM = 3;

    private Density() {
    }

    public static void main(String[] arguments) throws Exception {
        Path work = Files.createTempDirectory("nest-density");
        try {
            Path directory = TenantCode.compile(work.resolve("package"), Map.of("a.Hello",
                "package a; public class Hello { public static String say() { return \"hello\" + System.getenv(\"X\"); } }"));
            List<Tenant> open = new ArrayList<>();
            for (int number = 0; number < WARM; number++) {
                open.add(hello(work, directory));
            }
            settled();
            Cycles.Figures first = settled();
            long pss = pss();
            int from = 0;
            for (int step : STEPS) {
                while (open.size() < WARM + step) {
                    open.add(hello(work, directory));
                }
                Cycles.Figures now = settled();
                String conditions = "idle trivial functions, from " + from + " to " + step
                    + ", after their threads have ended";
                int more = step - from;
                Cycles.print("jvm.idle.heap." + step, (now.heap() - first.heap()) / 1024.0 / more, "KiB", more,
                    conditions);
                Cycles.print("jvm.idle.metaspace." + step, (now.metaspace() - first.metaspace()) / 1024.0 / more, "KiB",
                    more, conditions);
                Cycles.print("jvm.idle.pss." + step, (pss() - pss) / 1024.0 / more, "KiB", more, conditions);
                first = now;
                pss = pss();
                from = step;
            }
        } finally {
            try (var files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
            }
        }
        System.exit(0);
    }

    private static Tenant hello(Path work, Path directory) throws Exception {
        Tenant tenant = Tenant.open(work, directory);
        tenant.call("a.Hello", "say");
        return tenant;
    }

    private static Cycles.Figures settled() throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (Thread.activeCount() > 4 && System.nanoTime() - deadline < 0) {
            Thread.sleep(200);
        }
        return Cycles.figures();
    }

    private static long pss() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/smaps_rollup")).stream().filter(line -> line.startsWith("Pss:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0) * 1024;
    }
}
