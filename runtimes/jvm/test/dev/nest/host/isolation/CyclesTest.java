package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That many sandboxes which came and went leave nothing. */
class CyclesTest {
    private static final int COUNT = 100;
    private static final double MOST = 1.05;

    @TempDir
    Path work;

    @Test
    void metaspaceAndHeapAreAsBefore() throws Exception {
        Cycles.Result result = new Cycles(work).run(COUNT);
        assertEquals(0, result.leaked());
        assertTrue(result.after().metaspace() <= result.before().metaspace() * MOST, result::toString);
        assertTrue(result.after().heap() <= result.before().heap() * MOST, result::toString);
    }
}
