package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class LoadExits implements HttpHandler {
    static {
        System.exit(3);
    }

    @Override
    public void handle(HttpRequest request, HttpResponse response) {
    }
}
