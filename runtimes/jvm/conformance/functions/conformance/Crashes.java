package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Crashes implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        if (!request.path().equals("/crash")) {
            response.write("lives");
            return;
        }
        response.write("crashes");
        new Thread(() -> {
            throw new IllegalStateException("late");
        }).start();
    }
}
