package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Stream implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        response.write("one\n");
        response.body().flush();
        request.text();
        response.write("two\n");
    }
}
