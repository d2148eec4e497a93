package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkDecoderTest {
    private static String decode(ChunkDecoder decoder, String text, int step) throws Problem {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < bytes.length && !decoder.isDone()) {
            at = decoder.decode(bytes, at, Math.min(bytes.length, at + step),
                (from, start, length) -> out.append(new String(from, start, length, StandardCharsets.ISO_8859_1)));
        }
        return out + "|" + text.substring(at);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 1000})
    void reads(int step) throws Problem {
        ChunkDecoder decoder = new ChunkDecoder();
        assertEquals("hello world|GET", decode(decoder,
            "5\r\nhello\r\n006;ext=\"x\"\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET", step));
        assertTrue(decoder.isDone());
        assertEquals("|", decode(new ChunkDecoder(), "0\r\n\r\n", step));
        assertEquals("x".repeat(26) + "|", decode(new ChunkDecoder(), "1A\r\n" + "x".repeat(26) + "\r\n0\r\n\r\n",
            step));
    }

    static Stream<String> attacks() {
        return Stream.of("\r\nhello", "0x5\r\nhello\r\n0\r\n\r\n", "5_0\r\n", "+5\r\nhello", "-1\r\n", " 5\r\nhello",
            "5 \r\nhello", "5\t\r\nhello", "g\r\n", ";\r\n",
            "5\nhello", "5\r\nhello\n", "5\r\nhelloX\r\n", "5\r\nhello6\r\n", "5\rhello", "5;a\nhello",
                "5;a\u0000\r\nhello", "5;" + "x".repeat(2000) + "\r\n",
            "1" + "0".repeat(15) + "\r\n", "fffffffffffffffff\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\n"
                + "X: y\r\n".repeat(3000) + "\r\n", "\u00b2\r\n", "0\r\n\rX");
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void refuses(String text) {
        assertEquals(400, assertThrows(Problem.class, () -> decode(new ChunkDecoder(), text, 1000)).status());
        assertThrows(Problem.class, () -> decode(new ChunkDecoder(), text, 1));
    }

    @Test
    void isNotDoneBeforeItsEnd() throws Problem {
        ChunkDecoder decoder = new ChunkDecoder();
        decode(decoder, "5\r\nhello\r\n0\r\n\r", 7);
        assertFalse(decoder.isDone());
    }
}
