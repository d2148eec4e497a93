package dev.nest.host.handler;

import dev.nest.function.Reply;
import dev.nest.host.http.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.stream.BaseStream;

/** Answers with what an event handler has returned. */
final class Replies {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String BYTES = "application/octet-stream";
    private static final String JSON = "application/json";
    /** What is ours to say of an answer. */
    private static final Set<String> OURS = Set.of("content-length", "transfer-encoding", "connection", "keep-alive");
    private final Values values;

    Replies(Values values) {
        this.values = values;
    }

    Values values() {
        return values;
    }

    /** What a stage or an optional stands for. */
    static Object settle(Object value) throws Throwable {
        Object settled = value;
        if (settled instanceof CompletionStage<?> stage) {
            try {
                settled = stage.toCompletableFuture().get();
            } catch (ExecutionException error) {
                throw error.getCause();
            }
        }
        return settled instanceof Optional<?> optional ? optional.orElse(null) : settled;
    }

    void send(Answer answer, Object returned) throws Throwable {
        Object value = settle(returned);
        if (value instanceof Reply reply) {
            send(answer, reply.status(), reply.headers(), reply.body());
            return;
        }
        Object plain = values.plain(value);
        if (plain instanceof Map<?, ?> map && map.get("statusCode") != null) {
            sendMap(answer, map);
        } else {
            send(answer, value == null ? 204 : 200, Map.of(), plain);
        }
    }

    /** An object that has a `statusCode` is read as an answer. */
    private void sendMap(Answer answer, Map<?, ?> map) throws Throwable {
        Object status = map.get("statusCode");
        boolean isWhole = status instanceof Integer || status instanceof Long || status instanceof Short;
        if (!isWhole || ((Number) status).longValue() < 200 || ((Number) status).longValue() > 599) {
            throw new IllegalArgumentException("The handler returned the statusCode " + status
                + "; a whole number from 200 to 599 is expected.");
        }
        Map<Object, Object> headers = new LinkedHashMap<>();
        for (String name : List.of("headers", "multiValueHeaders")) {
            if (map.get(name) instanceof Map<?, ?> some) {
                headers.putAll(some);
            }
        }
        Object body = map.get("body");
        boolean isEncoded = Boolean.TRUE.equals(map.get("isBase64Encoded"))
            || Boolean.TRUE.equals(map.get("base64Encoded"));
        send(answer, ((Number) status).intValue(), headers,
            isEncoded && body != null ? Base64.getDecoder().decode(body.toString()) : body);
    }

    private void send(Answer answer, int status, Map<?, ?> headers, Object body) throws Throwable {
        answer.status(status);
        headers.forEach((name, value) -> header(answer, String.valueOf(name), value));
        String type = type(body);
        if (type != null && answer.header("content-type") == null) {
            answer.header("Content-Type", type);
        }
        write(answer, body);
    }

    private static void header(Answer answer, String name, Object value) {
        if (value == null || OURS.contains(name.toLowerCase(Locale.ROOT))) {
            return;
        }
        if (value instanceof Iterable<?> several) {
            several.forEach((one) -> answer.addHeader(name, String.valueOf(one)));
        } else {
            answer.header(name, String.valueOf(value));
        }
    }

    /** The type of a body when the headers name none; null where there is no body. */
    private static String type(Object body) {
        if (body == null || body instanceof CharSequence text && text.length() == 0) {
            return null;
        }
        boolean isBytes = body instanceof byte[] || body instanceof ByteBuffer || body instanceof InputStream
            || isStream(body);
        return body instanceof CharSequence ? TEXT : isBytes ? BYTES : JSON;
    }

    private static boolean isStream(Object body) {
        return body instanceof BaseStream || body instanceof Iterator;
    }

    private void write(Answer answer, Object body) throws IOException {
        OutputStream out = new AnswerStream(answer);
        if (body instanceof InputStream in) {
            copy(in, out);
        } else if (body instanceof BaseStream<?, ?> stream) {
            try (stream) {
                pieces(stream.iterator(), out);
            }
        } else if (body instanceof Iterator<?> iterator) {
            pieces(iterator, out);
        } else if (body != null) {
            out.write(bytes(body));
        }
    }

    private byte[] bytes(Object body) {
        if (body instanceof CharSequence text) {
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }
        if (body instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        return body instanceof byte[] bytes ? bytes : values.json(body);
    }

    /** The head goes now: the first piece may be long in coming. */
    private void pieces(Iterator<?> iterator, OutputStream out) throws IOException {
        out.flush();
        while (iterator.hasNext()) {
            Object piece = iterator.next();
            boolean isPlain = piece instanceof CharSequence || piece instanceof byte[] || piece instanceof ByteBuffer;
            out.write(isPlain ? bytes(piece) : (values.text(piece) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        try (in) {
            byte[] part = new byte[16 << 10];
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                out.write(part, 0, count);
                // What is there goes on its way when the next part is not there yet.
                if (in.available() == 0) {
                    out.flush();
                }
            }
        }
    }
}
