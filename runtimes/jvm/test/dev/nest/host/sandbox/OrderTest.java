package dev.nest.host.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrderTest {
    private static final Map<String, Object> LEAST = Map.of("id", "one", "directory", "/p", "handler", "Hello");

    @Test
    void whatIsLeftOutHasItsValue() {
        Order order = Order.of(LEAST);
        assertEquals("http 60.0 0.0 one", order.signature() + " " + order.timeoutSeconds() + " " + order.startSeconds()
            + " " + order.name());
        assertEquals(List.of(), order.layers());
        assertEquals(62, order.handlers());
    }

    @Test
    void withoutTheLeastThereIsNoOrder() {
        for (String name : LEAST.keySet()) {
            Map<String, Object> less = new java.util.HashMap<>(LEAST);
            less.remove(name);
            assertEquals("The message 'load' has no '" + name + "'.",
                assertThrows(IllegalArgumentException.class, () -> Order.of(less)).getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 62", "5, 0, 5", "100, 0, 62", "0, 10, 8", "5, 1, 1", "0, 2, 1"})
    void handlersAreBoundedByConcurrencyAndThreads(int concurrency, int threads, int expected) {
        Map<String, Object> message = new java.util.HashMap<>(LEAST);
        message.put("concurrency", concurrency);
        message.put("limits", Map.of("threads", threads));
        assertEquals(expected, Order.of(message).handlers());
    }

    @Test
    void layersComeInTheirOrder() {
        Map<String, Object> message = new java.util.HashMap<>(LEAST);
        message.put("env", Map.of("NEST_LAYERS", "/b::/a"));
        assertEquals(List.of(Path.of("/b"), Path.of("/a")), Order.of(message).layers());
    }

    @Test
    void failuresAreCutAndRelative() {
        Failure failure = Failure.of(new java.io.IOException("/p/lib/a.jar is no jar"), Path.of("/p"));
        assertEquals("LoadError The package cannot be read: lib/a.jar is no jar", failure.reason() + " "
            + failure.message());
        String cut = Failure.cut("€".repeat(3000));
        assertEquals(Failure.LIMIT - 1, cut.getBytes(StandardCharsets.UTF_8).length);
        assertEquals("€".repeat(1364) + "…", cut);
    }
}
