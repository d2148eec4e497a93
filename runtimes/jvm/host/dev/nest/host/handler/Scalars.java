package dev.nest.host.handler;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Values that have no parts: numbers, booleans, enums, dates. */
final class Scalars {
    private static final Map<Class<?>, Function<String, Object>> TEXTS = Map.of(
        Instant.class, (text) -> OffsetDateTime.parse(text).toInstant(), OffsetDateTime.class, OffsetDateTime::parse,
        ZonedDateTime.class, ZonedDateTime::parse, LocalDate.class, LocalDate::parse,
        LocalDateTime.class, LocalDateTime::parse, Duration.class, Duration::parse, UUID.class, UUID::fromString,
        URI.class, URI::create, Date.class, (text) -> Date.from(OffsetDateTime.parse(text).toInstant()));
    private static final Map<Class<?>, Function<BigDecimal, Object>> NUMBERS = Map.ofEntries(
        Map.entry(int.class, BigDecimal::intValueExact), Map.entry(Integer.class, BigDecimal::intValueExact),
        Map.entry(long.class, BigDecimal::longValueExact), Map.entry(Long.class, BigDecimal::longValueExact),
        Map.entry(short.class, BigDecimal::shortValueExact), Map.entry(Short.class, BigDecimal::shortValueExact),
        Map.entry(byte.class, BigDecimal::byteValueExact), Map.entry(Byte.class, BigDecimal::byteValueExact),
        Map.entry(double.class, BigDecimal::doubleValue), Map.entry(Double.class, BigDecimal::doubleValue),
        Map.entry(float.class, BigDecimal::floatValue), Map.entry(Float.class, BigDecimal::floatValue),
        Map.entry(BigInteger.class, BigDecimal::toBigIntegerExact), Map.entry(BigDecimal.class, (it) -> it));

    private Scalars() {}

    static boolean isScalar(Class<?> type) {
        return NUMBERS.containsKey(type) || TEXTS.containsKey(type) || type == boolean.class || type == Boolean.class
            || type == char.class || type == Character.class || type == Number.class || type.isEnum();
    }

    /** Null when the value is none of that type. */
    static Object convert(Object value, Class<?> type) {
        try {
            if (value instanceof Number number) {
                return type == Number.class ? number
                    : NUMBERS.containsKey(type) ? NUMBERS.get(type).apply(new BigDecimal(number.toString())) : null;
            }
            if (value instanceof Boolean) {
                return type == boolean.class || type == Boolean.class ? value : null;
            }
            return value instanceof String text ? ofText(text, type) : null;
        } catch (RuntimeException error) {
            // Out of its range, or not of its form.
            return null;
        }
    }

    private static Object ofText(String text, Class<?> type) {
        if (TEXTS.containsKey(type)) {
            return TEXTS.get(type).apply(text);
        }
        if ((type == char.class || type == Character.class) && text.length() == 1) {
            return text.charAt(0);
        }
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (((Enum<?>) constant).name().equals(text)) {
                    return constant;
                }
            }
        }
        // The keys of objects are text, whatever they stand for.
        return NUMBERS.containsKey(type) && text.matches("-?\\d{1,18}") ? NUMBERS.get(type).apply(new BigDecimal(text))
            : null;
    }

    /** What is expected, in words. */
    static String name(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + List.of(type.getEnumConstants());
        }
        String simple = type.getSimpleName();
        boolean isReal = simple.matches("(?i)double|float|BigDecimal|Number");
        return isReal ? "a number" : NUMBERS.containsKey(type) ? "a whole number (" + simple + ")"
            : simple.equalsIgnoreCase("boolean") ? "a boolean" : "a text of type " + simple;
    }

    /** What a value of JSON is, in words. */
    static String kind(Object value) {
        return value == null ? "null" : value instanceof Map ? "an object" : value instanceof List ? "an array"
            : value instanceof String ? "a text" : value instanceof Boolean ? "a boolean" : "the number " + value;
    }
}
