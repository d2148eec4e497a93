package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.function.CloudEventHandler;
import dev.nest.function.Context;
import dev.nest.function.EventHandler;
import dev.nest.function.HttpHandler;
import dev.nest.function.HttpRequest;
import dev.nest.function.HttpResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.function.Function;
import java.util.function.Supplier;

/** The method that a handler is, with its object. */
@FunctionalInterface
interface Target {
    /** @return null for a method that returns nothing */
    Object call(Object... arguments) throws Throwable;

    /** @param instance null for a static method */
    static Target of(Method method, Object instance) {
        Target direct = direct(method.getDeclaringClass(), instance);
        if (direct != null) {
            return direct;
        }
        method.setAccessible(true);
        return (arguments) -> {
            try {
                return method.invoke(instance, arguments);
            } catch (InvocationTargetException error) {
                throw error.getCause();
            }
        };
    }

    /** Without reflection, which costs each function a class of its own: where the interface is the same for all. */
    @SuppressWarnings("unchecked")
    private static Target direct(Class<?> type, Object instance) {
        if (type == HttpHandler.class) {
            HttpHandler handler = (HttpHandler) instance;
            return (arguments) -> {
                handler.handle((HttpRequest) arguments[0], (HttpResponse) arguments[1]);
                return null;
            };
        }
        if (type == EventHandler.class) {
            EventHandler<Object, Object> handler = (EventHandler<Object, Object>) instance;
            return (arguments) -> handler.handle(arguments[0], (Context) arguments[1]);
        }
        if (type == CloudEventHandler.class) {
            CloudEventHandler<Object> handler = (CloudEventHandler<Object>) instance;
            return (arguments) -> handler.handle((CloudEvent) arguments[0], (Context) arguments[1]);
        }
        if (type == Function.class) {
            Function<Object, Object> function = (Function<Object, Object>) instance;
            return (arguments) -> function.apply(arguments[0]);
        }
        if (type == Supplier.class) {
            Supplier<Object> supplier = (Supplier<Object>) instance;
            return (arguments) -> supplier.get();
        }
        return null;
    }
}
