package dev.nest.host.http;

import dev.nest.host.channel.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a request is answered that cannot be served: a status, and a sentence for whoever sent it (RFC 9457). */
public final class Problem extends Exception {
    public static final String TYPE = "application/problem+json";
    private static final long serialVersionUID = 1;
    private final int status;

    public Problem(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }

    /** Whether it is worth asking again soon. */
    boolean isTemporary() {
        return status == 503;
    }

    byte[] body() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", "about:blank");
        members.put("title", Status.phrase(status));
        members.put("status", status);
        members.put("detail", getMessage());
        return Json.write(members).getBytes(StandardCharsets.UTF_8);
    }
}
