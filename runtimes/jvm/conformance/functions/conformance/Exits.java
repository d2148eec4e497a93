package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Exits implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        if (request.path().equals("/exit")) {
            System.out.println("last words");
            System.exit(7);
        }
        response.write("lives");
    }
}
