package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimersTest {
    private final List<String> fired = new ArrayList<>();
    private final Timers timers = new Timers(1000);

    private Timers.Timer timer(String name) {
        return new Timers.Timer() {
            @Override
            protected void fire() {
                fired.add(name);
            }
        };
    }

    private void advance(long now) {
        timers.advance(now, Timers.Timer::fire);
    }

    @Test
    void fireOnceWhenTheirTimeHasCome() {
        timers.add(timer("a"), 1100);
        timers.add(timer("b"), 100_000);
        assertTrue(timers.delay(1000) >= 100 && timers.delay(1000) <= 100 + Timers.TICK);
        advance(1099);
        assertEquals(List.of(), fired);
        advance(1100 + Timers.TICK);
        advance(2000);
        assertEquals(List.of("a"), fired);
        advance(100_000 + Timers.TICK);
        assertEquals(List.of("a", "b"), fired);
        assertEquals(-1, timers.delay(100_050));
    }

    @Test
    void canBeCancelledAndMoved() {
        Timers.Timer a = timer("a");
        timers.add(a, 1100);
        timers.add(a, 1500);
        Timers.Timer b = timer("b");
        timers.add(b, 1100);
        b.cancel();
        b.cancel();
        advance(1400);
        assertEquals(List.of(), fired);
        assertTrue(a.isStarted());
        advance(1600);
        assertEquals(List.of("a"), fired);
        assertFalse(a.isStarted());
    }

    @Test
    void mayCancelAndStartOthersWhenTheyFire() {
        Timers.Timer victim = timer("victim");
        Timers.Timer next = timer("next");
        timers.add(new Timers.Timer() {
            @Override
            protected void fire() {
                victim.cancel();
                timers.add(next, 1000);
            }
        }, 1100);
        timers.add(victim, 1100);
        advance(1100);
        assertEquals(List.of(), fired);
        advance(1200);
        assertEquals(List.of("next"), fired);
    }

    @Test
    void noneIsLostHoweverTimeGoes() {
        Random random = new Random(7);
        long last = 0;
        for (int i = 0; i < 2000; i++) {
            long deadline = 1000 + random.nextInt(60_000);
            last = Math.max(last, deadline);
            timers.add(timer(String.valueOf(deadline)), deadline);
        }
        long now = 1000;
        int seen = 0;
        while (fired.size() < 2000) {
            assertTrue(now < last + 2 * Timers.TICK, "one is lost");
            now += Math.max(1, timers.delay(now)) + random.nextInt(3) * 7L;
            advance(now);
            for (; seen < fired.size(); seen++) {
                long deadline = Long.parseLong(fired.get(seen));
                assertTrue(deadline <= now && now - deadline < 2 * Timers.TICK, deadline + " fired at " + now);
            }
        }
    }
}
