package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

import dev.nest.function.Logger;

public final class Levels implements HttpHandler {
    @Override
    public void handle(HttpRequest request, HttpResponse response) {
        Logger logger = request.context().logger();
        logger.debug("a line of level debug");
        logger.info("a line of level info");
        logger.warn("a line of level warn");
        logger.error("a line of level error");
    }
}
