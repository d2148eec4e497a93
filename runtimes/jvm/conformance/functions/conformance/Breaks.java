package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Breaks implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        response.write("half");
        response.body().flush();
        throw new IllegalStateException("torn");
    }
}
