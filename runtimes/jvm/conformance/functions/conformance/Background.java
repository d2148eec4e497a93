package conformance;

import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;

import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class Background implements HttpHandler {
    private static final ThreadLocal<Object> LOCAL = new ThreadLocal<>();

    @Override
    public void handle(HttpRequest request, HttpResponse response) throws Exception {
        LOCAL.set(this);
        new Timer("ticks").schedule(new TimerTask() {
            @Override
            public void run() {
                LOCAL.set(new Background());
            }
        }, 1, 10);
        new Thread(() -> {
            try {
                Thread.sleep(1_000_000);
            } catch (InterruptedException over) {
                LOCAL.set(over);
            }
        }).start();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        pool.submit(() -> LOCAL.set(new Background())).get();
        response.write("started");
    }
}
