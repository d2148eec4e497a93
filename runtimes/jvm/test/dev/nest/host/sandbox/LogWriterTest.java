package dev.nest.host.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogWriterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final LogWriter log = new LogWriter(out);

    /** What was written, without the times, which have their form. */
    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines().map((line) -> {
            assertTrue(line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z .*"), line);
            return line.substring(25);
        }).toList();
    }

    @Test
    void linesHaveTheirFormWhateverTheyHold() {
        log.line("stdout", "info", "r1", "text");
        log.line("stderr", "error", null, "");
        log.line("stdout", "warn", null, "two\nlines");
        assertEquals(List.of("stdout F:info:r1 text", "stderr F:error ", "stdout F:warn two lines"), lines());
    }

    @Test
    void longOnesComeInPiecesThatCutNoCharacter() {
        log.line("stdout", "info", null, "€".repeat(6000));
        assertEquals(List.of("stdout P:info " + "€".repeat(5461), "stdout F:info " + "€".repeat(539)), lines());
    }

    @Test
    void linesHaveTheRequestOfTheirThreadAndOfThoseItStarted() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        CompletableFuture<String> during = new CompletableFuture<>();
        CompletableFuture<String> after = new CompletableFuture<>();
        RequestScope scope = RequestScope.enter("r1");
        log.line("stdout", "info", null, "in");
        new Thread(() -> {
            during.complete(RequestScope.currentId());
            try {
                over.await();
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
            after.complete(String.valueOf(RequestScope.currentId()));
        }).start();
        assertEquals("r1", during.get(10, TimeUnit.SECONDS));
        scope.leave();
        over.countDown();
        assertEquals("null", after.get(10, TimeUnit.SECONDS));
        assertNull(RequestScope.currentId());
        log.line("stdout", "info", null, "out");
        assertEquals(List.of("stdout F:info:r1 in", "stdout F:info out"), lines());
    }
}
