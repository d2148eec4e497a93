package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Echo implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        String text = request.text();
        response.header("Content-Type", "text/plain; charset=utf-8").header("X-Seen", request.header("x-sent").orElse("nothing"));
        String query = request.query().isEmpty() ? "" : "?" + request.query();
        response.write(request.method() + " " + request.path() + query + "\n" + text);
    }
}
