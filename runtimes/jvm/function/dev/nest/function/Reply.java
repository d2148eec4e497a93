package dev.nest.function;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer of an event handler with a status and headers of its own.
 *
 * @param status 200 to 599
 * @param body as what {@link EventHandler} may return; null: none
 */
public record Reply(int status, Map<String, String> headers, Object body) {
    public Reply {
        headers = Map.copyOf(headers);
    }

    public static Reply of(int status) {
        return new Reply(status, Map.of(), null);
    }

    public static Reply of(int status, Object body) {
        return new Reply(status, Map.of(), body);
    }

    /** The same with one header field more. */
    public Reply with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Reply(status, all, body);
    }
}
