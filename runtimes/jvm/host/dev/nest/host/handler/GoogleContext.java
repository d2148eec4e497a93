package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.host.http.Problem;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * What com.google.cloud.functions.Context says, of a CloudEvent or of an event in the older form of data and context.
 */
record GoogleContext(String eventId, String timestamp, String eventType, String resource,
                     Map<String, String> attributes) {
    static GoogleContext of(Event event) throws Problem {
        CloudEvent known = event.cloudEvent();
        if (known != null) {
            return new GoogleContext(known.id(), known.attribute("time"), known.type(), known.source(), Map.of());
        }
        Object said = event.json() instanceof Map<?, ?> object ? object.get("context") : null;
        Map<?, ?> context = said instanceof Map<?, ?> object ? object : Map.of();
        return new GoogleContext(text(context, "eventId", event.invocation().requestId()),
            text(context, "timestamp", Instant.now().toString()), text(context, "eventType", ""),
            text(context, "resource", event.invocation().path()), Map.of());
    }

    static Object payload(Event event) throws Problem {
        if (event.cloudEvent() != null) {
            return event.cloudEvent().data();
        }
        Object json = event.json();
        boolean isOld = json instanceof Map<?, ?> object && object.containsKey("data") && object.containsKey("context");
        return isOld ? ((Map<?, ?>) json).get("data") : json;
    }

    private static String text(Map<?, ?> object, String name, String otherwise) {
        return Objects.toString(object.get(name), otherwise);
    }
}
