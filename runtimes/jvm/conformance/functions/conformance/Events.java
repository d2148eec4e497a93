package conformance;

import dev.nest.function.CloudEvent;
import dev.nest.function.CloudEventHandler;
import dev.nest.function.Context;
import dev.nest.function.EventHandler;
import dev.nest.function.Reply;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The fixtures of events. */
public final class Events {
    private Events() {
    }

    public static final class Echo implements EventHandler<Object, Object> {
        @Override
        public Object handle(Object event, Context context) {
            return Map.of("event", event);
        }
    }

    public static final class About implements EventHandler<Map<String, Object>, Map<String, Object>> {
        @Override
        public Map<String, Object> handle(Map<String, Object> event, Context context) {
            Map<String, Object> about = new HashMap<>();
            about.put("requestId", context.requestId());
            about.put("traceparent", context.traceparent().orElse(null));
            about.put("method", context.method());
            about.put("path", context.path());
            about.put("function", context.function().name());
            about.put("isTimed", context.remainingMillis() > 0 && context.remainingMillis() <= 30_000);
            return about;
        }
    }

    public static final class Gives implements EventHandler<Map<String, Object>, Object> {
        @Override
        public Object handle(Map<String, Object> event, Context context) {
            switch (String.valueOf(event.get("kind"))) {
                case "text":
                    return "text \u20ac";
                case "bytes":
                    return new byte[] {0, 1, -1};
                case "object":
                    return Map.of("a", Arrays.asList(1, true, null, "\u00e9"));
                case "answer":
                    return Reply.of(201, "<p>").with("X-Own", "yes").with("Content-Type", "text/html");
                default:
                    return null;
            }
        }
    }

    public static final class Fails implements EventHandler<Object, Object> {
        @Override
        public Object handle(Object event, Context context) {
            throw new IllegalStateException("secret 42");
        }
    }

    public static final class Cloud implements CloudEventHandler<CloudEvent> {
        @Override
        public CloudEvent handle(CloudEvent event, Context context) {
            Map<String, Object> data = new HashMap<>();
            for (String name : List.of("id", "source", "type", "subject", "mine")) {
                data.put(name, event.attribute(name));
            }
            data.put("data", event.data());
            return CloudEvent.of("answer-1", "/conformance", "answer", data).with("subject", "\u00e9%");
        }
    }
}
