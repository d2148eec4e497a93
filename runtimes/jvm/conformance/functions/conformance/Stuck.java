package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Stuck implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        if (request.path().equals("/spin")) {
            System.out.println("spins");
            spin();
        }
        response.write("lives");
    }

    /** Not even the error that the end of a thread is ends it. */
    private static void spin() {
        while (true) {
            try {
                Thread.sleep(1000);
            } catch (Throwable ignored) {
                Thread.interrupted();
            }
        }
    }
}
