package dev.nest.host.handler;

import dev.nest.host.channel.Json;
import java.nio.charset.StandardCharsets;
import java.time.temporal.TemporalAccessor;
import java.util.Calendar;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.BaseStream;

/** What a handler returns, as JSON. */
final class Values {
    private final Beans beans;

    Values(Beans beans) {
        this.beans = beans;
    }

    byte[] json(Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    String text(Object value) {
        return Json.write(value, this::convert);
    }

    /** A bean as a map; anything else as it is. */
    Object plain(Object value) {
        return isBean(value) ? convert(value) : value;
    }

    private static boolean isBean(Object value) {
        return value != null && !value.getClass().isArray() && !value.getClass().isEnum() && !isOfJava(value);
    }

    private static boolean isOfJava(Object value) {
        String module = value.getClass().getModule().getName();
        return module != null && (module.startsWith("java.") || module.startsWith("jdk."));
    }

    private Object convert(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.orElse(null);
        }
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Date date) {
            return date.toInstant().toString();
        }
        if (value instanceof Calendar calendar) {
            return calendar.toInstant().toString();
        }
        if (value instanceof BaseStream<?, ?> stream) {
            return list(stream.iterator());
        }
        if (value instanceof Iterator<?> iterator) {
            return list(iterator);
        }
        if (isText(value)) {
            return value.toString();
        }
        if (isOfJava(value)) {
            throw new IllegalArgumentException("The handler returned a " + value.getClass().getName()
                + ", which JSON cannot express.");
        }
        return properties(value);
    }

    private static boolean isText(Object value) {
        return value instanceof TemporalAccessor || value instanceof java.time.temporal.TemporalAmount
            || value instanceof java.util.UUID
            || value instanceof java.net.URI || value instanceof java.net.URL || value instanceof java.nio.file.Path
            || value instanceof Locale || value instanceof Number || value instanceof java.time.ZoneId;
    }

    private static List<Object> list(Iterator<?> iterator) {
        List<Object> items = new java.util.ArrayList<>();
        iterator.forEachRemaining(items::add);
        return items;
    }

    private Object properties(Object bean) {
        if (beans.getters(bean.getClass()).isEmpty()) {
            throw new IllegalArgumentException("The handler returned a " + bean.getClass().getName()
                + ", which JSON cannot express: it has neither getters nor public fields.");
        }
        try {
            return beans.read(bean);
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new IllegalStateException("A getter of " + bean.getClass().getName() + " failed: "
                + Trace.title(error), error);
        }
    }
}
