package dev.nest.host.handler;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The interfaces that make a class a handler, by name: those of others come in the function's own jars. */
final class Interfaces {
    /** The first that a class has counts; each with its method. */
    private static final Map<String, String> KNOWN = new LinkedHashMap<>();

    static {
        KNOWN.put("dev.nest.function.HttpHandler", "handle");
        KNOWN.put("dev.nest.function.EventHandler", "handle");
        KNOWN.put("dev.nest.function.CloudEventHandler", "handle");
        KNOWN.put("com.google.cloud.functions.HttpFunction", "service");
        KNOWN.put("com.google.cloud.functions.CloudEventsFunction", "accept");
        KNOWN.put("com.google.cloud.functions.TypedFunction", "apply");
        KNOWN.put("com.google.cloud.functions.BackgroundFunction", "accept");
        KNOWN.put("com.google.cloud.functions.RawBackgroundFunction", "accept");
        KNOWN.put("com.amazonaws.services.lambda.runtime.RequestStreamHandler", "handleRequest");
        KNOWN.put("com.amazonaws.services.lambda.runtime.RequestHandler", "handleRequest");
        KNOWN.put("java.util.function.BiFunction", "apply");
        KNOWN.put("java.util.function.Function", "apply");
        KNOWN.put("java.util.function.Supplier", "get");
        KNOWN.put("java.util.function.BiConsumer", "accept");
        KNOWN.put("java.util.function.Consumer", "accept");
        KNOWN.put("java.util.concurrent.Callable", "call");
    }

    static final String TEXT = "HttpHandler, EventHandler and CloudEventHandler of dev.nest.function; "
        + "HttpFunction, CloudEventsFunction, TypedFunction, BackgroundFunction and RawBackgroundFunction of "
        + "com.google.cloud.functions; RequestHandler and RequestStreamHandler of "
        + "com.amazonaws.services.lambda.runtime; Function, BiFunction, Supplier and Consumer of java.util.function";

    private Interfaces() {}

    /** The method of the known interface that the class implements; null when there is none. */
    static Method find(Class<?> type) {
        Set<Class<?>> all = new LinkedHashSet<>();
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            collect(at, all);
        }
        for (Map.Entry<String, String> known : KNOWN.entrySet()) {
            for (Class<?> each : all) {
                if (each.getName().equals(known.getKey())) {
                    return method(each, known.getValue());
                }
            }
        }
        return null;
    }

    private static void collect(Class<?> type, Set<Class<?>> all) {
        for (Class<?> each : type.getInterfaces()) {
            if (all.add(each)) {
                collect(each, all);
            }
        }
    }

    private static Method method(Class<?> type, String name) {
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && java.lang.reflect.Modifier.isAbstract(method.getModifiers())) {
                return method;
            }
        }
        return null;
    }
}
