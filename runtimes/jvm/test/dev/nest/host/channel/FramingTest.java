package dev.nest.host.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FramingTest {
    private record Read(String text, int... descriptors) {}

    private static Read read(String text, int... descriptors) {
        return new Read(text, descriptors);
    }

    static Stream<Arguments> reads() {
        return Stream.of(
            Arguments.of("one line", List.of(read("a\n")), "a[]", ""),
            Arguments.of("several lines at once", List.of(read("a\nb\nc\n")), "a[] b[] c[]", ""),
            Arguments.of("a line in pieces", List.of(read("a"), read("b"), read("c\nd\n")), "abc[] d[]", ""),
            Arguments.of("descriptors of a line", List.of(read("a\n", 5, 6)), "a[5, 6]", ""),
            Arguments.of("descriptors of the last of several", List.of(read("a\nb\nc\n", 5)), "a[] b[] c[5]", ""),
            Arguments.of("descriptors of a line in pieces", List.of(read("a", 5, 6), read("b\n"), read("c\n")),
                "ab[5, 6] c[]", ""),
            Arguments.of("of a line that begins after another", List.of(read("a\nb", 5), read("c\n")), "a[] bc[5]", ""),
            Arguments.of("after a piece of the line before", List.of(read("a"), read("b\nc", 5), read("d\n", 6)),
                "ab[] cd[5]", "[6]"),
            Arguments.of("two sets, a line each", List.of(read("a\n", 5), read("b\n", 6)), "a[5] b[6]", ""),
            Arguments.of("an empty line", List.of(read("\n", 5), read("a\n")), "[5] a[]", ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("reads")
    void linesHaveTheDescriptorsThatCameWithThem(String name, List<Read> reads, String expected, String unclaimed) {
        Framing framing = new Framing(100);
        List<String> lines = new ArrayList<>();
        for (Read read : reads) {
            framing.feed(read.text().getBytes(StandardCharsets.UTF_8), read.descriptors())
                .forEach((it) -> lines.add(new String(it.bytes(), StandardCharsets.UTF_8)
                    + Arrays.toString(it.descriptors())));
        }
        assertEquals(expected, String.join(" ", lines));
        List<Integer> rest = framing.takeUnclaimed();
        assertEquals(unclaimed, rest.isEmpty() ? "" : rest.toString());
    }

    @Test
    void aLineThatIsTooLongIsRefused() {
        Framing framing = new Framing(4);
        framing.feed("1234".getBytes(StandardCharsets.UTF_8), new int[0]);
        assertThrows(IllegalStateException.class, () -> framing.feed("5".getBytes(StandardCharsets.UTF_8), new int[0]));
    }
}
