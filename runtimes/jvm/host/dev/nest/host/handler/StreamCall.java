package dev.nest.host.handler;

import dev.nest.host.channel.Json;
import dev.nest.host.http.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Map;

/** A handler that reads its event from one stream and writes its result to another, as JSON most likely. */
record StreamCall(Target target, Argument context, Replies replies) implements Handler {
    @Override
    public void serve(Invocation invocation) throws Throwable {
        boolean hasBody = invocation.exchange().head().length() != 0;
        InputStream in = hasBody ? invocation.exchange().body()
            : new ByteArrayInputStream(replies.values().json(Event.request(invocation)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Object[] values = context == null ? new Object[] {in, out}
            : new Object[] {in, out, context.of(new Event(invocation, null, null))};
        target.call(values);
        answer(invocation.exchange().answer(), out.toByteArray());
    }

    private void answer(Answer answer, byte[] bytes) throws Throwable {
        Object json = bytes.length <= EventBody.LIMIT ? parse(bytes) : null;
        if (json instanceof Map<?, ?> map && map.get("statusCode") != null) {
            replies.send(answer, map);
            return;
        }
        if (bytes.length > 0) {
            answer.header("Content-Type", json == null ? "application/octet-stream" : "application/json");
        }
        answer.write(bytes, 0, bytes.length);
    }

    private static Object parse(byte[] bytes) {
        try {
            return Json.parse(bytes);
        } catch (Json.SyntaxException error) {
            return null;
        }
    }
}
