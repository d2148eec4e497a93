package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class State implements HttpHandler {
    private static int count;

    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        synchronized (State.class) {
            count++;
            response.write(String.valueOf(count));
        }
    }
}
