package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nest.host.isolation.CollectionSchedule.Waiting;
import dev.nest.host.isolation.HeapPolicy.Decision;
import dev.nest.host.isolation.HeapPolicy.Step;
import dev.nest.host.isolation.HeapPolicy.Suspect;
import dev.nest.host.isolation.LimitPolicy.Limit;
import dev.nest.host.isolation.LimitPolicy.Seen;
import dev.nest.host.isolation.LimitPolicy.Stage;
import dev.nest.host.isolation.LimitPolicy.State;
import java.io.FilePermission;
import java.lang.management.ManagementPermission;
import java.lang.reflect.ReflectPermission;
import java.net.NetPermission;
import java.security.Permission;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.PropertyPermission;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The decisions, as tables. */
class PolicyTest {
    private static final long MIB = 1 << 20;
    private static final long SECOND = 1_000_000_000L;
    private static final Settings SETTINGS = Settings.DEFAULT;

    /**
     * Looks once a second for so long at a sandbox that uses so much, and returns the stages as letters: one for each
     * look.
     */
    private static String stages(Limits limits, int seconds, double cores, long bytesASecond, int threads) {
        StringBuilder stages = new StringBuilder();
        State state = State.FIRST;
        for (int second = 0; second < seconds; second++) {
            state = LimitPolicy.next(state, new Seen(1, (long) (cores * 1e9), bytesASecond, threads), limits, SETTINGS);
            stages.append(state.stage().name().charAt(0));
        }
        return stages.toString();
    }

    @ParameterizedTest
    @CsvSource({
        // cpuMillis, threads; cores, MiB/s, live threads; stages of 30 looks: Served, Refused, Interrupted, Ended
        "   0, 64, 2.0,    0,  1, SSSSSSSSSSSSSSSSSSSSSSSSSSSSSS",
        " 500, 64, 0.49,   0,  1, SSSSSSSSSSSSSSSSSSSSSSSSSSSSSS",
        " 500, 64, 1.0,    0,  1, SSSSSSRRRRRRRRRRIIIIIEEEEEEEEE",
        " 100, 64, 2.0,    0,  1, RRRRRRRRRRIIIIIEEEEEEEEEEEEEEE",
        "   0, 64, 0.0,    0, 64, SSSSSSSSSSSSSSSSSSSSSSSSSSSSSS",
        "   0, 64, 0.0,    0, 65, RRRRRRRRRRIIIIIEEEEEEEEEEEEEEE",
        "   0, 64, 0.0, 2000,  1, SSSSSSSSSSSSSSSSSSSSSSSSSSSSSS",
        "   0, 64, 0.0, 4096,  1, SSSSSSRRRRRRRRRRIIIIIEEEEEEEEE",
    })
    void aSandboxOverItsLimitIsRefusedThenInterruptedThenEnded(long cpu, int most, double cores, long rate, int threads,
        String stages) {
        assertEquals(stages, stages(new Limits(cpu, 0, most), 30, cores, rate * MIB, threads));
    }

    @ParameterizedTest
    @CsvSource({
        // MiB used of the whole heap, MiB that may stay
        "  0, 100, true",
        " 84, 100, true",
        " 85, 100, false",
        // 60 that have stayed and 40 that are young: a minute later all of it may have stayed
        "100, 100, false",
        "  5,   0, true",
    })
    void aHeapIsWellWhereAlsoWhatIsYoungCouldStay(long used, long most, boolean isWell) {
        assertEquals(isWell, HeapPolicy.isWell(used * MIB, most * MIB, SETTINGS));
    }

    @Test
    void aSandboxThatCalmsDownIsServedAgain() {
        Limits limits = new Limits(500, 0, 64);
        State state = State.FIRST;
        for (int second = 0; second < 8; second++) {
            state = LimitPolicy.next(state, new Seen(1, SECOND, 0, 1), limits, SETTINGS);
        }
        assertEquals(Stage.REFUSED, state.stage());
        assertEquals("it uses 551m of CPU, averaged over 10 s; its limit is 500m",
            LimitPolicy.message(state, limits, SETTINGS.allocationRate(), 1));
        int quiet = 0;
        while (state.stage() == Stage.REFUSED && quiet < 20) {
            state = LimitPolicy.next(state, new Seen(1, 0, 0, 0), limits, SETTINGS);
            quiet++;
        }
        assertEquals(4, quiet, "below 80 % of the limit");
        assertEquals(null, state.over());
    }

    @Test
    void theReasonIsThatOfTheLimit() {
        assertEquals("CPULimitExceeded", Limit.CPU.reason);
        assertEquals("ThreadLimitExceeded", Limit.THREADS.reason);
        assertEquals("MemoryLimitExceeded", Limit.ALLOCATION.reason);
    }

    static Stream<Arguments> heaps() {
        List<Suspect> two = List.of(new Suspect("a", 10), new Suspect("b", 20));
        return Stream.of(
            Arguments.of(0.84, two, 0, new Decision(Step.NOTHING, null)),
            Arguments.of(0.86, two, 0, new Decision(Step.REFUSE, "b")),
            Arguments.of(0.93, two, 0, new Decision(Step.END, "b")),
            Arguments.of(0.93, two, 2, new Decision(Step.END, "b")),
            Arguments.of(0.93, two, 3, new Decision(Step.REPLACE, null)),
            Arguments.of(0.86, List.of(), 0, new Decision(Step.NOTHING, null)),
            Arguments.of(0.93, List.of(), 0, new Decision(Step.REPLACE, null)),
            Arguments.of(0.86, List.of(new Suspect("small", 1)), 0, new Decision(Step.NOTHING, null)),
            Arguments.of(0.93, List.of(new Suspect("small", 1)), 0, new Decision(Step.REPLACE, null)));
    }

    @ParameterizedTest
    @MethodSource("heaps")
    void whoAllocatedMostSinceTheHeapWasWellIsTheCause(double share, List<Suspect> suspects, int ended,
        Decision decision) {
        assertEquals(decision, HeapPolicy.decide(share, 100, suspects, ended, SETTINGS));
    }

    @ParameterizedTest
    @CsvSource({
        // committed, most, leaked, per sandbox (MiB); reason
        "100, 200,  0,  1, ",
        "169, 200,  0,  1, ",
        "170, 200,  0,  1, MetaspaceFull",
        "100, 200, 49,  1, ",
        "100, 200, 50,  1, MetaspaceLeaked",
        "180, 200, 50,  1, MetaspaceLeaked",
        "100, 200,  1,  0, ",
        "900,  -1, 50, 99, ",
    })
    void aJvmWithLittleMetaspaceIsToBeReplaced(long committed, long most, int leaked, long each, String reason) {
        var seen = new TaintPolicy.Metaspace(committed * MIB, most < 0 ? most : most * MIB, leaked, each * MIB);
        assertEquals(Optional.ofNullable(reason), TaintPolicy.metaspace(seen, SETTINGS).map(TaintPolicy.Taint::reason));
    }

    @Test
    void aStuckThreadIsNamed() {
        assertEquals("of the sandbox x 1 thread could not be ended: \"t\" in a.B.c(B.java:1)",
            TaintPolicy.stuck("x", List.of("\"t\" in a.B.c(B.java:1)")).message());
    }

    @ParameterizedTest
    @CsvSource({
        // package KiB, asked MiB; Metaspace used, most, each; heap used, most, each (MiB); fits
        "   50,   0,  20, 192, 0,  10, 170, 0, true",
        "   50,   0, 172, 192, 0,  10, 170, 0, true",
        "   50,   0, 173, 192, 0,  10, 170, 0, false",
        "   50,   0, 170, 192, 4,  10, 170, 0, false",
        " 8192,   0, 168, 192, 0,  10, 170, 0, true",
        " 8192,   0, 170, 192, 0,  10, 170, 0, false",
        "   50,   0,  20, 192, 0, 152, 170, 0, true",
        "   50,   0,  20, 192, 0, 153, 170, 0, false",
        "   50,   0,  20, 192, 0, 150, 170, 9, false",
        "   50, 169,  20, 192, 0,  10, 170, 0, true",
        "   50, 171,  20, 192, 0,  10, 170, 0, false",
        "   50,   0, 999,  -1, 0,  10, 170, 0, true",
    })
    void whatWouldNotFitIsRefused(long kib, long asked, long used, long most, long each, long heap, long mostHeap,
        long eachHeap, boolean fits) {
        Optional<String> refusal =
            Admission.refusal(kib * 1024, asked * MIB, new Admission.Pool(used * MIB, most * MIB, each * MIB),
            new Admission.Pool(heap * MIB, mostHeap * MIB, eachHeap * MIB));
        assertEquals(fits, refusal.isEmpty(), refusal::toString);
    }

    @Test
    void aRefusalSaysHowMuchIsUsedOfHowMuch() {
        assertEquals(Optional.of("about 128 KiB of Metaspace are needed, and 180 MiB of 192 MiB are used (10 % are kept free)"),
            Admission.refusal(1, 0, new Admission.Pool(180 * MIB, 192 * MIB, 0), new Admission.Pool(0, 0, 0)));
    }

    @ParameterizedTest
    @CsvSource({
        // seconds since closed, tries, seconds since the last collection, milliseconds that it took; due
        "  0, 0, 99,    0, false",
        "  1, 0, 99,    0, true",
        "  1, 0,  3,    0, false",
        "  5, 1, 99,    0, false",
        "  6, 1, 99,    0, true",
        "  6, 1,  5,  200, false",
        " 16, 2, 99,    0, true",
        " 44, 4, 99,    0, false",
        " 45, 4, 99,    0, true",
        " 45, 9, 99,    0, true",
    })
    void collectionsAreAskedForRarelyAndForAllThatWait(long age, int tries, long gap, long took, boolean due) {
        long now = 1000 * SECOND;
        var schedule = new CollectionSchedule(50);
        var all = List.of(new Waiting(now, 0), new Waiting(now - age * SECOND, tries));
        assertEquals(due, schedule.isDue(all, now, now - gap * SECOND, took * 1_000_000));
        assertFalse(schedule.isDue(List.of(), now, now - gap * SECOND, 0));
    }

    @Test
    void aLoaderCountsAsLeakedAfterItsTimeAndTwoCollections() {
        var schedule = new CollectionSchedule(50);
        assertFalse(schedule.isOver(new Waiting(0, 5), 49 * SECOND));
        assertFalse(schedule.isOver(new Waiting(0, 1), 51 * SECOND));
        assertTrue(schedule.isOver(new Waiting(0, 2), 50 * SECOND));
    }

    static Stream<Arguments> permissions() {
        return Stream.of(
            Arguments.of(new RuntimePermission("exitVM.3"), Denied.Scope.THREAD),
            Arguments.of(new RuntimePermission("setIO"), Denied.Scope.THREAD),
            Arguments.of(new RuntimePermission("loadLibrary.c"), Denied.Scope.CODE),
            Arguments.of(new RuntimePermission("createClassLoader"), null),
            Arguments.of(new RuntimePermission("shutdownHooks"), null),
            Arguments.of(new RuntimePermission("modifyThread"), null),
            Arguments.of(new ReflectPermission("suppressAccessChecks"), null),
            Arguments.of(new PropertyPermission("user.timezone", "read"), null),
            Arguments.of(new PropertyPermission("user.timezone", "read,write"), Denied.Scope.CODE),
            Arguments.of(new PropertyPermission("own", "write"), null),
            Arguments.of(new NetPermission("setProxySelector"), Denied.Scope.CODE),
            Arguments.of(new NetPermission("getProxySelector"), null),
            Arguments.of(new ManagementPermission("monitor"), null),
            Arguments.of(new ManagementPermission("control"), Denied.Scope.CODE),
            Arguments.of(new FilePermission("/x", "read"), null));
    }

    @ParameterizedTest
    @MethodSource("permissions")
    void onlyWhatReachesNeighboursIsDenied(Permission permission, Denied.Scope scope) {
        Denied.Rule rule = Denied.rule(permission);
        assertEquals(scope, rule == null ? null : rule.scope());
    }

    @Test
    void settingsAreReadAndWrongOnesAreNamed() {
        Properties given = new Properties();
        assertEquals(Settings.DEFAULT, Settings.of(given));
        given.put("nest.leakedShare", "0.5");
        assertEquals(0.5, Settings.of(given).leakedShare());
        given.put("nest.heapShare", "2");
        String message = assertThrows(IllegalArgumentException.class, () -> Settings.of(given)).getMessage();
        assertEquals("-Dnest.heapShare=2: a number from 0.0 to 1.0 is expected", message);
    }
}
