package dev.nest.host.channel;

import java.lang.reflect.Array;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;

/** Writes one JSON document. */
final class JsonWriter {
    private final StringBuilder out;
    private final Function<Object, Object> convert;

    JsonWriter(StringBuilder out, Function<Object, Object> convert) {
        this.out = out;
        this.convert = convert;
    }

    void write(Object value, int depth) {
        if (depth > Json.DEPTH) {
            throw new IllegalArgumentException("the value is circular, or nested deeper than " + Json.DEPTH);
        }
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof CharSequence || value instanceof Character) {
            string(value.toString());
        } else if (value instanceof Number number && isPlain(number)) {
            number(number);
        } else if (value instanceof Map<?, ?> map) {
            object(map, depth);
        } else if (value instanceof Iterable<?> items && !(value instanceof java.nio.file.Path)) {
            array(items, depth);
        } else if (value instanceof byte[] bytes) {
            string(Base64.getEncoder().encodeToString(bytes));
        } else if (value.getClass().isArray()) {
            out.append('[');
            for (int i = 0; i < Array.getLength(value); i++) {
                out.append(i == 0 ? "" : ",");
                write(Array.get(value, i), depth + 1);
            }
            out.append(']');
        } else {
            write(convert.apply(value), depth + 1);
        }
    }

    private static boolean isPlain(Number number) {
        return number.getClass().getName().startsWith("java.");
    }

    private void number(Number number) {
        double value = number instanceof Double || number instanceof Float ? number.doubleValue() : 0;
        // As JavaScript: JSON has no word for these.
        out.append(Double.isNaN(value) || Double.isInfinite(value) ? "null" : number.toString());
    }

    private void object(Map<?, ?> map, int depth) {
        out.append('{');
        boolean isFirst = true;
        for (Map.Entry<?, ?> member : map.entrySet()) {
            out.append(isFirst ? "" : ",");
            string(String.valueOf(member.getKey()));
            out.append(':');
            write(member.getValue(), depth + 1);
            isFirst = false;
        }
        out.append('}');
    }

    private void array(Iterable<?> items, int depth) {
        out.append('[');
        boolean isFirst = true;
        for (Object item : items) {
            out.append(isFirst ? "" : ",");
            write(item, depth + 1);
            isFirst = false;
        }
        out.append(']');
    }

    private void string(String text) {
        out.append('"');
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            char next = text.charAt(at);
            if (next >= ' ' && next != '"' && next != '\\' && !isLoneSurrogate(text, at)) {
                continue;
            }
            out.append(text, from, at);
            escape(next);
            from = at + 1;
        }
        out.append(text, from, text.length()).append('"');
    }

    private static boolean isLoneSurrogate(String text, int at) {
        char one = text.charAt(at);
        if (Character.isHighSurrogate(one)) {
            return at + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(one) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    private void escape(char next) {
        switch (next) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> out.append(String.format("\\u%04x", (int) next));
        }
    }
}
