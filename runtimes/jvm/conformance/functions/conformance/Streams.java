package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

public final class Streams implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) {
        System.out.println("to output");
        System.err.print("to error\n");
        System.out.println();
        System.out.println("\u20ac".repeat(6000));
        System.out.print("no ");
        System.out.print("break");
    }
}
