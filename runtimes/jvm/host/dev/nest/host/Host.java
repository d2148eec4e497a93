package dev.nest.host;

import dev.nest.host.channel.Channel;
import dev.nest.host.channel.Descriptors;
import dev.nest.host.http.Counts;
import dev.nest.host.http.Loop;
import dev.nest.host.isolation.Enclosure;
import dev.nest.host.isolation.Isolation;
import dev.nest.host.isolation.Preloading;
import dev.nest.host.sandbox.Failure;
import dev.nest.host.sandbox.Order;
import dev.nest.host.sandbox.Sandbox;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** What the shim asks for, and what it is told (docs/runtime-protocol.md). All of it is of the loop. */
final class Host implements Sandbox.Observer {
    private static final int STATS_A_LINE = 100;
    private final Channel channel;
    private final Loop loop;
    private final Executor openers;
    private final Runnable exit;
    private final long stuckMillis;
    private final Map<String, Sandbox> sandboxes = new LinkedHashMap<>();
    /** What the end of a sandbox is called: `unloaded`, `parked`; nothing for one that ended by itself. */
    private final Map<String, String> endings = new LinkedHashMap<>();
    /** Loads of sandboxes that are on their way out still: one that the shim has heard of the end of comes again at once. */
    private final Map<String, Load> successors = new LinkedHashMap<>();
    private Isolation isolation;
    private String taint;
    private boolean isStopping;

    private record Load(Map<String, Object> message, int[] descriptors) { }

    Host(Channel channel, Loop loop, Executor openers, Runnable exit, long stuckMillis) {
        this.channel = channel;
        this.loop = loop;
        this.openers = openers;
        this.exit = exit;
        this.stuckMillis = stuckMillis;
    }

    /** One message of the shim's, with the descriptors that came with it. */
    void receive(Map<String, Object> message, int[] descriptors) {
        String type = String.valueOf(message.get("type"));
        String id = String.valueOf(message.get("id"));
        if (type.equals("load")) {
            load(message, id, descriptors);
            return;
        }
        close(descriptors);
        switch (type) {
            case "preload" -> openers.execute(() -> preload(message));
            case "unload" -> unload(id, grace(message));
            case "park" -> park(id);
            case "ping" -> ping(message.get("nonce"));
            case "stop" -> stop(grace(message));
            default -> { }
        }
    }

    /** Loads layers before anybody asks for them. Off the loop; a load of the same layers meanwhile shares them. */
    private void preload(Map<String, Object> message) {
        List<Path> layers = new ArrayList<>();
        if (message.get("layers") instanceof List<?> directories) {
            directories.forEach((it) -> layers.add(Path.of(String.valueOf(it))));
        }
        Preloading.Result result = isolation.preload(layers);
        List<Map<String, Object>> skipped = new ArrayList<>();
        result.skipped().forEach((it) -> skipped.add(Map.of("module", it.what(), "message", Failure.cut(it.message()))));
        loop.execute(() -> channel.send("preloaded", Map.of("modules", result.classes(), "skipped", skipped)));
    }

    private static long grace(Map<String, Object> message) {
        return message.get("graceSeconds") instanceof Number seconds
            ? Math.max(0, Math.round(seconds.doubleValue() * 1000)) : 0;
    }

    private static void close(int[] descriptors) {
        for (int descriptor : descriptors) {
            Descriptors.close(descriptor);
        }
    }

    private void load(Map<String, Object> message, String id, int[] descriptors) {
        Sandbox before = sandboxes.get(id);
        if (before != null && before.isLeaving() && descriptors.length == 2 && !successors.containsKey(id)) {
            successors.put(id, new Load(message, descriptors));
            return;
        }
        Failure refusal = refusal(id, descriptors);
        if (refusal != null) {
            close(descriptors);
            channel.send("failed", refusal.members(id));
            return;
        }
        try {
            Order order = Order.of(message);
            ServerSocketChannel listener = Descriptors.listener(descriptors[0]);
            Sandbox sandbox = new Sandbox(order, listener, Descriptors.output(descriptors[1]), loop, openers, this,
                stuckMillis);
            sandboxes.put(id, sandbox);
            sandbox.load();
        } catch (IllegalArgumentException | IOException error) {
            close(descriptors);
            channel.send("failed", Failure.of("LoadError", error.getMessage()).members(id));
        }
    }

    private Failure refusal(String id, int[] descriptors) {
        if (descriptors.length != 2) {
            return Failure.of("LoadError", "The message 'load' came with " + descriptors.length
                + " descriptors; a listening socket and the pipe of a log are expected.");
        }
        if (sandboxes.containsKey(id)) {
            return Failure.of("LoadError", "The sandbox " + id + " is loaded already.");
        }
        if (taint != null || isStopping) {
            return Failure.of("HostTainted", taint != null ? "This JVM is to be replaced: " + taint
                : "This JVM is being ended.");
        }
        return null;
    }

    private void unload(String id, long graceMillis) {
        forgetSuccessor(id);
        Sandbox sandbox = sandboxes.get(id);
        if (sandbox == null) {
            channel.send("unloaded", Map.of("id", id));
            return;
        }
        endings.put(id, "unloaded");
        sandbox.unload(graceMillis);
    }

    private void forgetSuccessor(String id) {
        Load successor = successors.remove(id);
        if (successor != null) {
            close(successor.descriptors());
        }
    }

    private void park(String id) {
        Sandbox sandbox = sandboxes.get(id);
        if (sandbox == null) {
            channel.send("parked", Map.of("id", id));
        } else if (sandbox.isIdle()) {
            endings.put(id, "parked");
            sandbox.unload(0);
        } else {
            channel.send("busy", Map.of("id", id));
        }
    }

    private void stop(long graceMillis) {
        isStopping = true;
        List.copyOf(successors.keySet()).forEach(this::forgetSuccessor);
        List.copyOf(sandboxes.values()).forEach((it) -> it.unload(graceMillis));
        // Closing takes its own time after the grace; the shim waits no longer.
        loop.after(graceMillis + 2000, exit);
        exitIfDone();
    }

    private void exitIfDone() {
        if (isStopping && sandboxes.isEmpty()) {
            exit.run();
        }
    }

    private void ping(Object nonce) {
        List<Map<String, Object>> all = new ArrayList<>();
        sandboxes.values().forEach((it) -> all.add(stats(it)));
        for (int from = 0; from < all.size(); from += STATS_A_LINE) {
            channel.send("stats", Map.of("sandboxes", all.subList(from, Math.min(all.size(), from + STATS_A_LINE))));
        }
        Map<String, Object> pong = new LinkedHashMap<>();
        pong.put("nonce", nonce);
        Isolation.State state = isolation.state();
        pong.put("heap", Map.of("used", state.heapUsed(), "max", state.heapMost()));
        pong.put("metaspace", Map.of("used", state.metaspaceUsed(), "max", state.metaspaceMost()));
        pong.put("loaded", sandboxes.size());
        pong.put("leaked", state.leaked());
        channel.send("pong", pong);
    }

    private static Map<String, Object> stats(Sandbox sandbox) {
        Counts.Snapshot counts = sandbox.counts();
        Enclosure.Usage usage = sandbox.usage();
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("id", sandbox.id());
        stats.put("requests", counts.requests());
        stats.put("errors", counts.errors());
        stats.put("active", counts.active());
        stats.put("connections", counts.connections());
        stats.put("idleSeconds", counts.idleMillis() / 1000.0);
        if (usage != null) {
            stats.put("cpuSeconds", usage.cpuNanos() / 1e9);
            stats.put("allocatedBytes", usage.allocatedBytes());
            stats.put("threads", usage.threads());
        }
        return stats;
    }

    @Override
    public void loaded(Sandbox sandbox) {
        channel.send("loaded", Map.of("id", sandbox.id()));
    }

    @Override
    public void failed(Sandbox sandbox, Failure failure) {
        channel.send("failed", failure.members(sandbox.id()));
    }

    @Override
    public void closed(Sandbox sandbox) {
        sandboxes.remove(sandbox.id(), sandbox);
        String ending = endings.remove(sandbox.id());
        if (ending != null) {
            channel.send(ending, Map.of("id", sandbox.id()));
        }
        Load successor = successors.remove(sandbox.id());
        if (successor != null) {
            load(successor.message(), sandbox.id(), successor.descriptors());
        }
        exitIfDone();
    }

    @Override
    public void stuck(Sandbox sandbox, String message) {
        taint("StuckThread", message);
    }

    private void taint(String reason, String message) {
        if (taint == null) {
            taint = reason;
            channel.send("tainted", Map.of("reason", reason, "message", Failure.cut(message)));
        }
    }

    private void breached(String id, Failure failure) {
        Sandbox sandbox = sandboxes.get(id);
        if (sandbox != null) {
            channel.send("ended", failure.members(id));
            sandbox.unload(0);
        }
    }

    /** Before anything of a function's runs. */
    void isolate() {
        isolation = Isolation.install(listener());
    }

    /** What the isolation finds, brought into the loop. */
    private Isolation.Listener listener() {
        return new Isolation.Listener() {
            @Override
            public void collected(String id) {
                if (!id.equals(WarmUp.ID)) {
                    loop.execute(() -> channel.send("collected", Map.of("id", id)));
                }
            }

            @Override
            public void leaked(String id, String message) {
                if (!id.equals(WarmUp.ID)) {
                    loop.execute(() -> channel.send("leaked", Map.of("id", id, "message", Failure.cut(message))));
                }
            }

            @Override
            public void breached(String id, String reason, String message) {
                loop.execute(() -> Host.this.breached(id, Failure.of(reason, Failure.cut(message))));
            }

            @Override
            public void tainted(String reason, String message) {
                loop.execute(() -> taint(reason, message));
            }
        };
    }
}
