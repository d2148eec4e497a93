package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.function.Context;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Type;

/** What a parameter of a handler of events is given. */
@FunctionalInterface
interface Argument {
    String FOREIGN_EVENT = "io.cloudevents.CloudEvent";

    Object of(Event event) throws Throwable;

    /** The context of any of the known kinds; null when the type is none. */
    static Argument context(Type type) {
        Class<?> raw = Types.raw(type);
        if (raw == Context.class) {
            return Event::invocation;
        }
        return switch (raw.getName()) {
            case "com.amazonaws.services.lambda.runtime.Context" -> (event) ->
                Imitation.of(raw, new LambdaContext(event.invocation()));
            case "com.google.cloud.functions.Context" -> (event) -> Imitation.of(raw, GoogleContext.of(event));
            default -> null;
        };
    }

    static boolean isCloudEvent(Type type) {
        return Types.raw(type) == CloudEvent.class || Types.raw(type).getName().equals(FOREIGN_EVENT);
    }

    /** The event, as the type that the handler takes. */
    static Argument event(Type type, Binder binder, Values values) {
        Class<?> raw = Types.raw(type);
        if (raw == CloudEvent.class) {
            return Event::cloudEvent;
        }
        if (raw.getName().equals(FOREIGN_EVENT)) {
            return (event) -> Imitation.of(raw, new ForeignCloudEvent(event.cloudEvent(), values));
        }
        if (raw == byte[].class) {
            return (event) -> event.bytes(values);
        }
        if (raw == InputStream.class) {
            return (event) -> new ByteArrayInputStream(event.bytes(values));
        }
        boolean isText = raw == String.class || raw == CharSequence.class;
        return (event) -> binder.bind(isText ? event.jsonOrText() : event.json(), type);
    }

    /**
     * What Google calls the payload: the data of a CloudEvent, or of an event in the older form of data and context.
     */
    static Argument payload(Type type, Binder binder, Values values) {
        if (type == String.class) {
            return (event) -> values.text(GoogleContext.payload(event));
        }
        return (event) -> binder.bind(GoogleContext.payload(event), type);
    }
}
