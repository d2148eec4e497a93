package conformance.layered;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Layered implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        response.write(First.text() + " " + Second.text() + " " + Own.text());
    }
}
