package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import java.util.List;

/** A handler of events: what it returns is the answer. */
record EventCall(Target target, List<Argument> arguments, boolean takesCloudEvents, Replies replies,
                 CloudEventReplies cloudEventReplies) implements Handler {
    @Override
    public void serve(Invocation invocation) throws Throwable {
        byte[] body = EventBody.read(invocation);
        CloudEvent cloudEvent = takesCloudEvents ? CloudEvents.read(invocation, body) : null;
        Event event = new Event(invocation, body, cloudEvent);
        Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i).of(event);
        }
        Object returned = Replies.settle(target.call(values));
        boolean isStructured = takesCloudEvents && CloudEvents.isStructured(invocation);
        replies.send(invocation.exchange().answer(), takesCloudEvents ? cloudEventReplies.of(returned, isStructured)
            : returned);
    }
}
