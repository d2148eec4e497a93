package dev.nest.host.handler;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;

/** How a method can be called as a handler, judged by its parameters. */
record Shape(Kind kind, Method method, List<Type> parameters) {
    enum Kind { HTTP, STREAM, EVENT, BACKGROUND, UNKNOWN }

    /** What is said to those whose method has another shape. */
    static final String KNOWN = "(HttpRequest, HttpResponse), (EVENT, Context), (EVENT), () and "
        + "(InputStream, OutputStream), where EVENT is a Map, List, String, byte[], number, record or bean, or a "
        + "CloudEvent";

    /** @param owner the class whose handler it is, which may say more of the types than the method */
    static Shape of(Method method, Class<?> owner) {
        List<Type> types = Arrays.stream(method.getGenericParameterTypes())
            .map((it) -> Types.resolve(it, method.getDeclaringClass(), owner)).toList();
        return new Shape(kind(types, method), method, types);
    }

    private static Kind kind(List<Type> types, Method method) {
        boolean isPair = types.size() >= 2;
        Class<?> first = types.isEmpty() ? null : Types.raw(types.get(0));
        Class<?> second = isPair ? Types.raw(types.get(1)) : null;
        if (types.size() == 2 && HttpCall.isHttp(first, second)) {
            return Kind.HTTP;
        }
        if (isPair && first == InputStream.class && second == OutputStream.class) {
            return types.size() == 2 || types.size() == 3 && Argument.context(types.get(2)) != null ? Kind.STREAM
                : Kind.UNKNOWN;
        }
        if (method.getDeclaringClass().getName()
            .matches("com\\.google\\.cloud\\.functions\\.(Raw)?BackgroundFunction")) {
            return Kind.BACKGROUND;
        }
        boolean isEvent = types.size() <= 1 || types.size() == 2 && (Argument.context(types.get(1)) != null
            || second == Object.class);
        return isEvent && first != String[].class && isValue(first) ? Kind.EVENT : Kind.UNKNOWN;
    }

    /** Whether something of JSON can become one. */
    private static boolean isValue(Class<?> type) {
        return type == null || type != Class.class && type != Thread.class && type != OutputStream.class;
    }

    boolean isKnown() {
        return kind != Kind.UNKNOWN;
    }

    /** As its author wrote it. */
    String text() {
        return method.getName() + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList()
            .toString()
            .replace('[', '(').replace(']', ')');
    }
}
