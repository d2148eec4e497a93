package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Throws implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) {
        throw new IllegalStateException("secret 42");
    }
}
