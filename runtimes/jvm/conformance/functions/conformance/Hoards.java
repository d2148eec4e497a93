package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

import java.util.ArrayList;
import java.util.List;

public final class Hoards implements HttpHandler {
    private static final List<byte[]> ALL = new ArrayList<>();

    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        for (int i = 0; i < 64; i++) {
            ALL.add(new byte[1 << 20]);
            Thread.sleep(20);
        }
        throw new IllegalStateException("has " + ALL.size() + " MiB");
    }
}
