package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class LoadThrows implements HttpHandler {
    private static final String DATABASE = connect();

    private static String connect() {
        throw new IllegalStateException("no database");
    }

    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        response.write(DATABASE);
    }
}
