package dev.nest.host.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void readsWhatThereIs() throws Json.SyntaxException {
        String text = " {\"a\":[1,-2,3.5,1e2,true,false,null],\"b\":{},\"c\":\"\\u00e9\\n\\\"\\\\\\/\\ud83d\\ude00\",\"d\":[]} ";
        Object value = Json.parse(text);
        assertEquals(List.of("a", "b", "c", "d"), List.copyOf(((Map<?, ?>) value).keySet()));
        assertEquals(Arrays.asList(1, -2, 3.5, 100.0, true, false, null), ((Map<?, ?>) value).get("a"));
        assertEquals("é\n\"\\/😀", ((Map<?, ?>) value).get("c"));
        assertEquals(List.of(2147483648L, new BigInteger("9223372036854775808"), 9223372036854775807L),
            Json.parse("[2147483648,9223372036854775808,9223372036854775807]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{'a':1}", "01", "+1", "1.", ".5", "1e",
        "-", "tru", "nul", "NaN", "Infinity", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "1 2",
            "[] []", "// c\n1", "\u00a01", "\"\\u١٢٣٤\""})
    void refusesWhatIsNone(String text) {
        assertThrows(Json.SyntaxException.class, () -> Json.parse(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"[1,x] | unexpected 'x' where a value is expected, at position 3",
        "[1 | it ends too early, at position 2"})
    void saysWhatAndWhere(String text, String message) {
        assertEquals(message, assertThrows(Json.SyntaxException.class, () -> Json.parse(text)).getMessage());
    }

    @Test
    void refusesWhatIsTooDeepOrTooLong() {
        assertTrue(assertThrows(Json.SyntaxException.class, () -> Json.parse("[".repeat(100_000))).getMessage()
            .contains("deeper"));
        assertThrows(Json.SyntaxException.class, () -> Json.parse("1".repeat(100_000)));
        assertThrows(Json.SyntaxException.class, () -> Json.parse(new byte[] {'"', (byte) 0xff, '"'}));
    }

    @Test
    void writesWhatCanBeRead() throws Json.SyntaxException {
        Object value = Map.of("a\"\\\n\u0001", Arrays.asList(1, 2.5, true, null, "é😀", new int[] {1, 2}, List.of()));
        assertEquals("{\"a\\\"\\\\\\n\\u0001\":[1,2.5,true,null,\"é😀\",[1,2],[]]}", Json.write(value));
        assertEquals("\"\\ud83d\"", Json.write("\ud83d"));
        assertEquals("null", Json.write(Double.NaN));
        assertEquals("\"aGk=\"", Json.write(new byte[] {'h', 'i'}));
        assertEquals(Json.parse(Json.write(List.of("x"))), List.of("x"));
    }

    @Test
    void refusesToWriteCircles() {
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Json.write(circle)).getMessage()
            .contains("circular"));
        assertThrows(IllegalArgumentException.class, () -> Json.write(new Object()));
    }
}
