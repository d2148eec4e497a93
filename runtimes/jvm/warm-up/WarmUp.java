import dev.nest.function.Context;
import dev.nest.function.EventHandler;
import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;
import java.io.IOException;
import java.util.Map;

/**
 * Functions that a host serves to itself before it says that it has booted: both ways of being called, and what most
 * functions do.
 */
public final class WarmUp implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws IOException {
        response.header("X-Query", request.parameter("q").orElse("")).write(request.text());
    }

    /** The one of events. */
    public static final class Event implements EventHandler<Map<String, Object>, Map<String, Object>> {
        @Override
        public Map<String, Object> handle(Map<String, Object> event, Context context) {
            context.logger().info("event %s", context.requestId());
            System.out.println(event.size());
            return Map.of("id", context.requestId(), "event", event);
        }
    }
}
