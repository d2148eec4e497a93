package dev.nest.host.sandbox;

import dev.nest.function.Context;
import dev.nest.host.isolation.Limits;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a `load` message asks for. What it leaves out has the value that the protocol gives it. */
public record Order(String id, Path directory, String handler, String signature, double timeoutSeconds,
                    int concurrency, double startSeconds, Context.Function function, Map<String, String> environment,
                    Limits limits) {
    private static final double DEFAULT_TIMEOUT = 60;

    /** @throws IllegalArgumentException without an id, a directory or a handler */
    public static Order of(Map<String, Object> message) {
        Map<String, Object> about = object(message.get("function"));
        String id = text(message, "id", null);
        Context.Function function = new Context.Function(text(about, "name", ""), text(about, "namespace", ""),
            text(about, "revision", ""), text(about, "sandbox", ""), id);
        Map<String, Object> limits = object(message.get("limits"));
        Map<String, String> environment = new LinkedHashMap<>();
        object(message.get("env")).forEach((name, value) -> environment.put(name, String.valueOf(value)));
        return new Order(id, Path.of(text(message, "directory", null)), text(message, "handler", null),
            text(message, "signature", "http"), number(message, "timeoutSeconds", DEFAULT_TIMEOUT),
            (int) number(message, "concurrency", 0), number(message, "startSeconds", 0), function, environment,
            new Limits((long) number(limits, "cpuMillis", 0), (long) number(limits, "memoryBytes", 0),
                (int) number(limits, "threads", 0)));
    }

    /** The directories of the layers, in the order of the spec. */
    List<Path> layers() {
        return Arrays.stream(environment.getOrDefault("NEST_LAYERS", "").split(":"))
            .filter((it) -> !it.isEmpty()).map(Path::of).toList();
    }

    /**
     * The most requests in the handler at once; some threads are left for the moment in which one takes over from
     * another.
     */
    int handlers() {
        int most = Math.max(1, limits.threads() - 2);
        return concurrency <= 0 ? most : Math.min(concurrency, most);
    }

    /** The sandbox's name, for threads and messages. */
    String name() {
        return function.sandbox().isEmpty() ? id : function.sandbox();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return value instanceof Map ? (Map<String, Object>) value : Map.of();
    }

    private static String text(Map<String, Object> object, String name, String otherwise) {
        Object value = object.get(name);
        if (value instanceof String text) {
            return text;
        }
        if (otherwise == null) {
            throw new IllegalArgumentException("The message 'load' has no '" + name + "'.");
        }
        return otherwise;
    }

    private static double number(Map<String, Object> object, String name, double otherwise) {
        return object.get(name) instanceof Number number ? number.doubleValue() : otherwise;
    }
}
