package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

import java.util.Map;
import java.util.TreeMap;

public final class Environment implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        for (Map.Entry<String, String> each : new TreeMap<>(System.getenv()).entrySet()) {
            response.write(each.getKey() + "=" + each.getValue() + "\n");
        }
    }
}
