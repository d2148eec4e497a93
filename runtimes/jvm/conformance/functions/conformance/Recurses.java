package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Recurses implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        response.write(String.valueOf(down(0)));
    }

    private static int down(int depth) {
        return down(depth + 1) + 1;
    }
}
