package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Spawns implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        for (int i = 0; i < 100; i++) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(1_000_000);
                } catch (InterruptedException over) {
                    // it ends
                }
            });
            thread.start();
        }
        throw new IllegalStateException("has 100 threads");
    }
}
