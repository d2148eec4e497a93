package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.host.http.Problem;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came with a request.
 *
 * @param body as it came; null when there is none
 * @param cloudEvent what it is as a CloudEvent; null when it is not taken as one
 */
record Event(Invocation invocation, byte[] body, CloudEvent cloudEvent) {
    /** The JSON of the body, the whole CloudEvent, or the request itself where there is no body. */
    Object json() throws Problem {
        if (cloudEvent != null) {
            Map<String, Object> all = new LinkedHashMap<>(cloudEvent.attributes());
            if (cloudEvent.data() != null) {
                all.put("data", cloudEvent.data());
            }
            return all;
        }
        if (body == null) {
            return request(invocation);
        }
        EventBody.MediaType media = media();
        // Without a type the body speaks for itself.
        if (!media.type().isEmpty() && !media.isJson()) {
            throw new Problem(415, "Content-Type is '" + media.type()
                + "'; the body of an event is JSON (application/json).");
        }
        return EventBody.json(body, media.charset(), "The body");
    }

    /** As `json`, or the text that came. */
    Object jsonOrText() throws Problem {
        boolean isText = cloudEvent == null && body != null && media().type().startsWith("text/") && !media().isJson();
        return isText ? new String(body, StandardCharsets.UTF_8) : json();
    }

    /** The bytes of the body, or of a CloudEvent's data. */
    byte[] bytes(Values values) {
        Object data = cloudEvent == null ? body : cloudEvent.data();
        return data == null ? new byte[0] : data instanceof byte[] bytes ? bytes
            : data instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : values.json(data);
    }

    private EventBody.MediaType media() {
        return EventBody.MediaType.of(invocation.header("content-type"));
    }

    /** A request as an event. */
    static Map<String, Object> request(Invocation invocation) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("method", invocation.method());
        request.put("path", invocation.path());
        request.put("query", Query.flat(invocation.parameters()));
        request.put("headers", invocation.exchange().head().headers().joined());
        return request;
    }
}
