package dev.nest.host.handler;

import dev.nest.function.HttpHandler;

/** Finds what `handler` names, with the function's own class loader. */
public final class HandlerFinder {
    private HandlerFinder() {}

    public static Handler find(ClassLoader loader, String name, String signature) throws Throwable {
        Object instance = Class.forName(name, true, loader).getDeclaredConstructor().newInstance();
        HttpHandler handler = (HttpHandler) instance;
        return (invocation) -> handler.handle(new OwnRequest(invocation), new OwnResponse(invocation.exchange().answer()));
    }
}
