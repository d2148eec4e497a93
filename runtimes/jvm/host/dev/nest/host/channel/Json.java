package dev.nest.host.channel;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** JSON (RFC 8259) as maps, lists, strings, numbers, booleans and null. */
public final class Json {
    /** The deepest nesting that is read or written. */
    public static final int DEPTH = 200;

    private Json() {}

    /** Text that is no JSON; the message says why and where. */
    public static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1;

        SyntaxException(String message) {
            super(message, null, false, false);
        }
    }

    /** Objects keep their order; whole numbers are Integer, Long or BigInteger, others Double. */
    public static Object parse(String text) throws SyntaxException {
        return new JsonReader(text).document();
    }

    public static Object parse(byte[] bytes) throws SyntaxException {
        return parse(decode(bytes));
    }

    static Object parseOrNull(byte[] bytes) {
        try {
            return parse(bytes);
        } catch (SyntaxException error) {
            return null;
        }
    }

    /** @throws SyntaxException when the bytes are not UTF-8 */
    public static String decode(byte[] bytes) throws SyntaxException {
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException error) {
            throw new SyntaxException("it is not UTF-8");
        }
    }

    public static String write(Object value) {
        return write(value, (other) -> {
            throw new IllegalArgumentException("JSON cannot express a " + other.getClass().getName());
        });
    }

    /** @param convert makes what JSON has no form for into what it has one for */
    public static String write(Object value, Function<Object, Object> convert) {
        StringBuilder out = new StringBuilder();
        new JsonWriter(out, convert).write(value, 0);
        return out.toString();
    }
}
