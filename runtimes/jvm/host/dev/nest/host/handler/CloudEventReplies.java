package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.function.Reply;
import dev.nest.host.handler.EventBody.MediaType;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;

/** A CloudEvent that a handler returns goes back in the mode of the one that came. */
final class CloudEventReplies {
    private final Values values;

    CloudEventReplies(Values values) {
        this.values = values;
    }

    /** What to answer: of a CloudEvent its message, of anything else that. */
    Object of(Object returned, boolean isStructured) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        Object data;
        if (returned instanceof CloudEvent event) {
            attributes.putAll(event.attributes());
            data = event.data();
        } else if (values.plain(returned) instanceof Map<?, ?> map && map.get("specversion") != null) {
            map.forEach((name, value) -> attributes.put(String.valueOf(name), value));
            attributes.values().removeIf((value) -> value == null);
            Object encoded = attributes.remove("data_base64");
            data = attributes.remove("data");
            data = encoded == null ? data : Base64.getDecoder().decode(encoded.toString());
        } else {
            return returned;
        }
        attributes.replaceAll((name, value) -> isText(value) ? value.toString() : value instanceof Date date
            ? date.toInstant().toString() : value);
        String wrong = CloudEvents.fault(attributes, (name) -> "attribute '" + name + "'");
        if (wrong != null) {
            throw new IllegalArgumentException("The CloudEvent that the handler returned " + wrong + ".");
        }
        return isStructured ? asJson(attributes, data) : asHeaders(attributes, data);
    }

    private static boolean isText(Object value) {
        return value instanceof java.time.temporal.TemporalAccessor || value instanceof java.net.URI
            || value instanceof java.util.UUID;
    }

    private static Reply asJson(Map<String, Object> attributes, Object data) {
        Map<String, Object> body = new LinkedHashMap<>(attributes);
        if (data instanceof byte[] bytes) {
            body.put("data_base64", Base64.getEncoder().encodeToString(bytes));
        } else if (data != null) {
            body.put("data", data);
        }
        return Reply.of(200, body).with("Content-Type", CloudEvents.STRUCTURED + "; charset=utf-8");
    }

    private Reply asHeaders(Map<String, Object> attributes, Object data) {
        Object type = attributes.remove("datacontenttype");
        Map<String, String> headers = new LinkedHashMap<>();
        attributes.forEach((name, value) -> headers.put("ce-" + name, PercentCode.encode(String.valueOf(value))));
        boolean isText = data instanceof String && type != null && !MediaType.of(type.toString()).isJson();
        boolean isRaw = data == null || data instanceof byte[] || isText;
        Object known = type != null ? type : isRaw ? null : "application/json";
        if (known != null) {
            headers.put("Content-Type", known.toString());
        }
        return new Reply(200, headers, isRaw ? data : values.json(data));
    }
}
