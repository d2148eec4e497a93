package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class NeverLoads implements HttpHandler {
    static {
        try {
            Thread.sleep(1_000_000);
        } catch (InterruptedException over) {
            throw new IllegalStateException(over);
        }
    }

    @Override
    public void handle(HttpRequest request, HttpResponse response) {
    }
}
