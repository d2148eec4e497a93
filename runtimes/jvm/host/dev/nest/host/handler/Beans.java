package dev.nest.host.handler;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The properties of the function's own types: records' components, `getX`, `isX` and `setX`, public fields. It is one
 * function's, so that it holds no other's classes.
 */
final class Beans {
    /** Reads a property. */
    interface Getter {
        Object get(Object bean) throws ReflectiveOperationException;
    }

    /** Writes a property. */
    interface Setter {
        void set(Object bean, Object value) throws ReflectiveOperationException;
    }

    record Writable(Type type, Setter setter) {}

    private final Map<Class<?>, Map<String, Getter>> getters = new ConcurrentHashMap<>();
    private final Map<Class<?>, Map<String, Writable>> setters = new ConcurrentHashMap<>();

    /** All properties that can be read, by name. */
    Map<String, Object> read(Object bean) throws Throwable {
        Map<String, Object> values = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Getter> each : getters(bean.getClass()).entrySet()) {
                values.put(each.getKey(), each.getValue().get(bean));
            }
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
        return values;
    }

    Map<String, Getter> getters(Class<?> type) {
        return getters.computeIfAbsent(type, Beans::findGetters);
    }

    /** Properties that can be written; their names are compared without case. */
    Map<String, Writable> setters(Class<?> type) {
        return setters.computeIfAbsent(type, Beans::findSetters);
    }

    private static Map<String, Getter> findGetters(Class<?> type) {
        Map<String, Getter> found = new LinkedHashMap<>();
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                Method accessor = component.getAccessor();
                accessor.setAccessible(true);
                found.put(component.getName(), accessor::invoke);
            }
            return found;
        }
        // In the order of names, for Java gives methods in none.
        Map<String, Getter> sorted = new TreeMap<>();
        for (Field field : type.getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                sorted.put(field.getName(), field::get);
            }
        }
        for (Method method : type.getMethods()) {
            String name = getterName(method);
            if (name != null) {
                method.setAccessible(true);
                sorted.put(name, method::invoke);
            }
        }
        found.putAll(sorted);
        return found;
    }

    private static String getterName(Method method) {
        boolean isPlain = method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers())
            && method.getReturnType() != void.class && method.getDeclaringClass() != Object.class;
        if (!isPlain) {
            return null;
        }
        boolean isTruth = method.getReturnType() == boolean.class || method.getReturnType() == Boolean.class;
        String name = method.getName();
        return name.startsWith("get") ? property(name, 3) : isTruth && name.startsWith("is") ? property(name, 2) : null;
    }

    private static Map<String, Writable> findSetters(Class<?> type) {
        Map<String, Writable> found = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Field field : type.getFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                field.setAccessible(true);
                found.put(field.getName(), new Writable(field.getGenericType(), field::set));
            }
        }
        for (Method method : type.getMethods()) {
            String name = method.getName().startsWith("set") ? property(method.getName(), 3) : null;
            boolean isSetter = name != null && method.getParameterCount() == 1
                && !Modifier.isStatic(method.getModifiers())
                && !method.isBridge();
            if (isSetter) {
                method.setAccessible(true);
                found.put(name, new Writable(method.getGenericParameterTypes()[0], method::invoke));
            }
        }
        return found;
    }

    /** `URL` of getURL stays as it is, `name` is of getName. */
    private static String property(String method, int prefix) {
        if (method.length() == prefix || !Character.isUpperCase(method.charAt(prefix))) {
            return null;
        }
        boolean isAcronym = method.length() > prefix + 1 && Character.isUpperCase(method.charAt(prefix + 1));
        String name = method.substring(prefix);
        return isAcronym ? name : Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
