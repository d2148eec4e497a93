package dev.nest.host.handler;

import java.lang.reflect.Type;

/** A handler of HTTP, of our interface or Google's. */
record HttpCall(Target target, Class<?> request, Class<?> response) implements Handler {
    static final String GOOGLE = "com.google.cloud.functions.";

    /** Null when these are no parameters of such a handler. */
    static HttpCall of(Target target, Type request, Type response) {
        Class<?> first = Types.raw(request);
        Class<?> second = Types.raw(response);
        return isHttp(first, second) ? new HttpCall(target, first, second) : null;
    }

    static boolean isHttp(Class<?> first, Class<?> second) {
        return first == dev.nest.function.HttpRequest.class && second == dev.nest.function.HttpResponse.class
            || first.getName().equals(GOOGLE + "HttpRequest") && second.getName().equals(GOOGLE + "HttpResponse");
    }

    @Override
    public void serve(Invocation invocation) throws Throwable {
        if (request == dev.nest.function.HttpRequest.class) {
            Object[] own = {new OwnRequest(invocation), new OwnResponse(invocation.exchange().answer())};
            target.call(own);
            return;
        }
        GoogleResponse answer = new GoogleResponse(invocation.exchange().answer());
        Object[] googles = {Imitation.of(request, new GoogleRequest(invocation)), Imitation.of(response, answer)};
        target.call(googles);
        answer.finish();
    }
}
