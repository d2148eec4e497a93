package dev.nest.host.handler;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.HashMap;
import java.util.Map;

/** What a class says of the type parameters of an interface that it implements. */
final class Types {
    private Types() {}

    /** The class that a type is when nothing more is known. */
    static Class<?> raw(Type type) {
        if (type instanceof Class<?> known) {
            return known;
        }
        if (type instanceof ParameterizedType parameterized) {
            return (Class<?>) parameterized.getRawType();
        }
        if (type instanceof GenericArrayType array) {
            return raw(array.getGenericComponentType()).arrayType();
        }
        if (type instanceof WildcardType wildcard) {
            return raw(wildcard.getUpperBounds()[0]);
        }
        return type instanceof TypeVariable<?> variable ? raw(variable.getBounds()[0]) : Object.class;
    }

    /** An argument of a generic type, as `String` of `List<String>`; Object when it is not said. */
    static Type argument(Type type, int index) {
        return type instanceof ParameterizedType parameterized && parameterized.getActualTypeArguments().length > index
            ? parameterized.getActualTypeArguments()[index] : Object.class;
    }

    /** `type`, a parameter of a method of `declaring`, as it is in `implementing`. */
    static Type resolve(Type type, Class<?> declaring, Class<?> implementing) {
        Map<TypeVariable<?>, Type> known = new HashMap<>();
        collect(implementing, known);
        Type at = type;
        for (int i = 0; i < 16 && at instanceof TypeVariable<?> variable; i++) {
            Type next = known.get(variable);
            if (next == null) {
                return raw(variable);
            }
            at = next;
        }
        return at;
    }

    private static void collect(Class<?> type, Map<TypeVariable<?>, Type> known) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            note(at.getGenericSuperclass(), known);
            for (Type each : at.getGenericInterfaces()) {
                note(each, known);
                collect(raw(each), known);
            }
        }
    }

    private static void note(Type type, Map<TypeVariable<?>, Type> known) {
        if (type instanceof ParameterizedType parameterized) {
            TypeVariable<?>[] variables = raw(type).getTypeParameters();
            for (int i = 0; i < variables.length; i++) {
                known.putIfAbsent(variables[i], parameterized.getActualTypeArguments()[i]);
            }
        }
    }
}
