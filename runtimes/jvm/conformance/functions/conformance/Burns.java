package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Burns implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        long end = System.nanoTime() + 4_000_000_000L;
        double sum = 0;
        while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
            sum += Math.sin(sum);
        }
        throw new IllegalStateException("stopped at " + sum);
    }
}
