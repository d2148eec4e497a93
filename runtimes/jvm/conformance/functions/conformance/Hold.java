package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

import java.util.concurrent.atomic.AtomicInteger;

public final class Hold implements HttpHandler {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        System.out.println("began " + request.path());
        try {
            request.text();
        } finally {
            now.decrementAndGet();
        }
        response.write(request.path() + " " + most.get());
    }
}
