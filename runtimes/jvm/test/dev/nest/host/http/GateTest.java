package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.nest.host.http.Gate.Decision;
import org.junit.jupiter.api.Test;

class GateTest {
    @Test
    void letsInNoMoreThanItsConcurrencyAndTheOthersInTheirOrder() {
        Gate<String> gate = new Gate<>(2);
        assertEquals(Decision.RUN, gate.admit("a"));
        assertEquals(Decision.RUN, gate.admit("b"));
        assertEquals(Decision.WAIT, gate.admit("c"));
        assertEquals(Decision.WAIT, gate.admit("d"));
        assertEquals("c", gate.leave("b"));
        assertEquals("d", gate.leave("a"));
        assertNull(gate.leave("c"));
        assertEquals(Decision.RUN, gate.admit("e"));
    }

    @Test
    void oneThatWaitsMayGo() {
        Gate<String> gate = new Gate<>(1);
        gate.admit("a");
        gate.admit("b");
        gate.admit("c");
        assertNull(gate.leave("b"));
        assertEquals("c", gate.leave("a"));
    }

    @Test
    void refusesWhenTooManyWait() {
        Gate<Integer> gate = new Gate<>(1);
        gate.admit(0);
        for (int i = 1; i <= Gate.QUEUE_LIMIT; i++) {
            assertEquals(Decision.WAIT, gate.admit(i));
        }
        assertEquals(Decision.REFUSE, gate.admit(-1));
        gate.leave(0);
        assertEquals(Decision.WAIT, gate.admit(-1));
    }

    @Test
    void whoeverLeavesTwiceMakesRoomOnce() {
        Gate<String> gate = new Gate<>(1);
        gate.admit("a");
        gate.admit("b");
        gate.admit("c");
        assertEquals("b", gate.leave("a"));
        assertNull(gate.leave("a"));
        assertEquals("c", gate.leave("b"));
    }
}
