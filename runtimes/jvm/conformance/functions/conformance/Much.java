package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Much implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        for (int i = 0; i < 20_000; i++) {
            System.out.println("line " + i + " of very many, which fill every pipe that nobody reads");
        }
        response.write("printed");
    }
}
