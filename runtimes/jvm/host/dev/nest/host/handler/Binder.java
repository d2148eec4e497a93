package dev.nest.host.handler;

import dev.nest.host.channel.Json;
import dev.nest.host.http.Problem;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the values of JSON into those of the type that a handler takes. */
final class Binder {
    private final Beans beans;

    Binder(Beans beans) {
        this.beans = beans;
    }

    /** @throws Problem 400, which names the member that does not fit */
    Object bind(Object value, Type type) throws Throwable {
        return bind(value, type, "");
    }

    private Object bind(Object value, Type type, String place) throws Throwable {
        Class<?> raw = Types.raw(type);
        if (raw == Optional.class) {
            return Optional.ofNullable(bind(value, Types.argument(type, 0), place));
        }
        if (value == null) {
            if (raw.isPrimitive()) {
                throw wrong(place, null, raw.getName());
            }
            return null;
        }
        if (raw == Object.class || raw == Map.class && type instanceof Class) {
            return raw == Map.class ? expect(value, Map.class, place, "an object") : value;
        }
        if (raw == String.class || raw == CharSequence.class) {
            return value instanceof String ? value : Json.write(value);
        }
        Object simple = Scalars.convert(value, raw);
        if (simple != null) {
            return simple;
        }
        if (Scalars.isScalar(raw)) {
            throw wrong(place, value, Scalars.name(raw));
        }
        return composed(value, type, raw, place);
    }

    private Object composed(Object value, Type type, Class<?> raw, String place) throws Throwable {
        if (raw == byte[].class && value instanceof String text) {
            return base64(text, place);
        }
        if (raw.isArray()) {
            return array(expect(value, List.class, place, "an array"), raw.getComponentType(), place);
        }
        if (raw.isAssignableFrom(ArrayList.class) || raw.isAssignableFrom(LinkedHashSet.class)) {
            return items(expect(value, List.class, place, "an array"), Types.argument(type, 0), place,
                raw.isAssignableFrom(ArrayList.class) ? new ArrayList<>() : new LinkedHashSet<>());
        }
        Map<?, ?> object = expect(value, Map.class, place, "an object");
        if (raw.isAssignableFrom(LinkedHashMap.class)) {
            return map(object, type, place);
        }
        return raw.isRecord() ? record(object, raw, place) : bean(object, raw, place);
    }

    private static byte[] base64(String text, String place) throws Problem {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException error) {
            throw wrong(place, text, "Base64");
        }
    }

    private Object array(List<?> values, Class<?> type, String place) throws Throwable {
        Object array = Array.newInstance(type, values.size());
        for (int i = 0; i < values.size(); i++) {
            Array.set(array, i, bind(values.get(i), type, place + "[" + i + "]"));
        }
        return array;
    }

    private Object items(List<?> values, Type type, String place, Collection<Object> into) throws Throwable {
        for (int i = 0; i < values.size(); i++) {
            into.add(bind(values.get(i), type, place + "[" + i + "]"));
        }
        return into;
    }

    private Object map(Map<?, ?> object, Type type, String place) throws Throwable {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Map.Entry<?, ?> member : object.entrySet()) {
            String inside = inside(place, member.getKey());
            map.put(bind(member.getKey(), Types.argument(type, 0), inside),
                bind(member.getValue(), Types.argument(type, 1), inside));
        }
        return map;
    }

    private Object record(Map<?, ?> object, Class<?> type, String place) throws Throwable {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = bind(object.get(components[i].getName()), components[i].getGenericType(),
                inside(place, components[i].getName()));
        }
        Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return make(type.getDeclaredConstructor(types), values);
    }

    private Object bean(Map<?, ?> object, Class<?> type, String place) throws Throwable {
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new IllegalArgumentException("JSON cannot become a " + type.getName() + ", which is abstract.");
        }
        Object bean = make(type.getDeclaredConstructor());
        Map<String, Beans.Writable> properties = beans.setters(type);
        for (Map.Entry<?, ?> member : object.entrySet()) {
            Beans.Writable property = properties.get(member.getKey());
            if (property != null) {
                Object value = bind(member.getValue(), property.type(), inside(place, member.getKey()));
                try {
                    property.setter().set(bean, value);
                } catch (InvocationTargetException error) {
                    throw error.getCause();
                }
            }
        }
        return bean;
    }

    private static Object make(Constructor<?> constructor, Object... values) throws Throwable {
        constructor.setAccessible(true);
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }

    private static <T> T expect(Object value, Class<T> type, String place, String name) throws Problem {
        if (!type.isInstance(value)) {
            throw wrong(place, value, name);
        }
        return type.cast(value);
    }

    private static String inside(String place, Object name) {
        return place.isEmpty() ? String.valueOf(name) : place + "." + name;
    }

    private static Problem wrong(String place, Object value, String expected) {
        String what = place.isEmpty() ? "The event is " : "The event's member '" + place + "' is ";
        return new Problem(400, what + Scalars.kind(value) + "; " + expected + " is expected.");
    }
}
