package dev.nest.host.handler;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/** Makes a method of a known shape, and the object that has it, into a handler. */
final class Adapter {
    private final Beans beans = new Beans();
    private final Binder binder = new Binder(beans);
    private final Values values = new Values(beans);
    private final Replies replies = new Replies(values);
    private final String signature;

    Adapter(String signature) {
        this.signature = signature;
    }

    /** @param instance null for a static method */
    Handler adapt(Shape shape, Object instance) throws LoadFailure {
        List<Type> types = shape.parameters();
        Target target = Target.of(shape.method(), instance);
        switch (shape.kind()) {
            case HTTP:
                if (!signature.equals("http")) {
                    throw new LoadFailure("UnsupportedSignature",
                        "The handler is one of HTTP, whose signature is 'http', not '" + signature + "'.");
                }
                return HttpCall.of(target, types.get(0), types.get(1));
            case STREAM:
                return new StreamCall(target, types.size() > 2 ? Argument.context(types.get(2)) : null, replies);
            default:
                boolean takesCloudEvents = signature.equals("cloudevent") || !types.isEmpty()
                    && Argument.isCloudEvent(types.get(0));
                return new EventCall(target, arguments(shape, types), takesCloudEvents, replies,
                    new CloudEventReplies(values));
        }
    }

    private List<Argument> arguments(Shape shape, List<Type> types) {
        List<Argument> arguments = new ArrayList<>();
        for (Type type : types) {
            Argument context = Argument.context(type);
            if (context == null && arguments.isEmpty()) {
                arguments.add(shape.kind() == Shape.Kind.BACKGROUND ? Argument.payload(type, binder, values)
                    : Argument.event(type, binder, values));
            } else {
                arguments.add(context != null ? context : Event::invocation);
            }
        }
        return arguments;
    }
}
