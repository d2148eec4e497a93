package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class LoadShouts implements HttpHandler {
    public LoadShouts() {
        throw new IllegalStateException("\u20ac".repeat(50_000));
    }

    @Override
    public void handle(HttpRequest request, HttpResponse response) {
    }
}
