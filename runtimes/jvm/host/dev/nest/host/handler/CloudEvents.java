package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import dev.nest.host.handler.EventBody.MediaType;
import dev.nest.host.http.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Reads CloudEvents 1.0.2 off requests: core specification, JSON format, HTTP protocol binding. */
final class CloudEvents {
    static final String STRUCTURED = "application/cloudevents+json";
    private static final List<String> REQUIRED = List.of("specversion", "id", "source", "type");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)");
    private static final Pattern NAME = Pattern.compile("[a-z\\d]+");

    private CloudEvents() {}

    static boolean isStructured(Invocation invocation) {
        return MediaType.of(invocation.header("content-type")).type().equals(STRUCTURED);
    }

    static CloudEvent read(Invocation invocation, byte[] bytes) throws Problem {
        MediaType media = MediaType.of(invocation.header("content-type"));
        if (media.type().equals(STRUCTURED)) {
            return ofJson(bytes == null ? new byte[0] : bytes, media.charset());
        }
        if (media.type().startsWith("application/cloudevents")) {
            boolean isBatch = media.type().startsWith("application/cloudevents-batch");
            throw new Problem(415, (isBatch ? "Batches of CloudEvents are not taken" : "'" + media.type()
                + "' is not understood")
                + "; send one CloudEvent at a time, as " + STRUCTURED + " or with ce- headers.");
        }
        return ofHeaders(invocation, bytes);
    }

    private static CloudEvent ofJson(byte[] bytes, String charset) throws Problem {
        if (!(EventBody.json(bytes, charset, "The CloudEvent") instanceof Map<?, ?> object)) {
            throw new Problem(400, "The CloudEvent is no JSON object.");
        }
        Map<String, Object> attributes = new LinkedHashMap<>();
        object.forEach((name, value) -> attributes.put((String) name, value));
        attributes.values().removeIf((value) -> value == null);
        Object data = attributes.remove("data");
        Object encoded = attributes.remove("data_base64");
        check(attributes, (name) -> "attribute '" + name + "'");
        if (encoded == null) {
            return new CloudEvent(attributes, data);
        }
        if (object.containsKey("data")) {
            throw new Problem(400, "The CloudEvent has both 'data' and 'data_base64'.");
        }
        try {
            return new CloudEvent(attributes, Base64.getDecoder().decode((String) encoded));
        } catch (IllegalArgumentException | ClassCastException error) {
            throw new Problem(400, "The CloudEvent's 'data_base64' is not Base64.");
        }
    }

    private static CloudEvent ofHeaders(Invocation invocation, byte[] bytes) throws Problem {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, String> field : invocation.exchange().head().headers().joined().entrySet()) {
            if (field.getKey().startsWith("ce-")) {
                attributes.put(field.getKey().substring(3), PercentCode.decode(field.getKey(), field.getValue()));
            }
        }
        if (attributes.isEmpty()) {
            throw new Problem(400, "The request is no CloudEvent: it has neither ce- headers (ce-"
                + String.join(", ce-", REQUIRED)
                + ") nor Content-Type " + STRUCTURED + ".");
        }
        check(attributes, (name) -> "header 'ce-" + name + "'");
        String type = invocation.header("content-type");
        if (type != null) {
            attributes.put("datacontenttype", type);
        }
        return new CloudEvent(attributes, bytes == null ? null : data(bytes, type));
    }

    private static Object data(byte[] bytes, String contentType) throws Problem {
        MediaType media = MediaType.of(contentType);
        if (media.isJson()) {
            return EventBody.json(bytes, media.charset(), "The CloudEvent's data");
        }
        return media.type().startsWith("text/") ? new String(bytes, StandardCharsets.UTF_8) : bytes;
    }

    /** @param place says where an attribute is looked for */
    private static void check(Map<String, Object> attributes, UnaryOperator<String> place) throws Problem {
        String wrong = fault(attributes, place);
        if (wrong != null) {
            throw new Problem(400, "The CloudEvent " + wrong + ".");
        }
    }

    /** What is wrong with the attributes of an event; null when nothing is. */
    static String fault(Map<String, Object> attributes, UnaryOperator<String> place) {
        for (String name : REQUIRED) {
            Object value = attributes.get(name);
            if (value == null) {
                return "has no " + place.apply(name);
            }
            if (!(value instanceof String text) || text.isEmpty()) {
                return "has a " + place.apply(name) + " that is no text, or empty";
            }
        }
        if (!attributes.get("specversion").equals("1.0")) {
            return "is of specversion '" + attributes.get("specversion") + "'; 1.0 is expected";
        }
        Object time = attributes.get("time");
        if (time != null && !(time instanceof String text && TIME.matcher(text).matches())) {
            return "has a " + place.apply("time") + " that is not of the form 2006-01-02T15:04:05Z (RFC 3339)";
        }
        for (Map.Entry<String, Object> each : attributes.entrySet()) {
            if (!NAME.matcher(each.getKey()).matches()) {
                return "has the " + place.apply(each.getKey()) + "; names are of lower-case letters and digits";
            }
            boolean isValue = each.getValue() instanceof String || each.getValue() instanceof Boolean
                || each.getValue() instanceof Integer || each.getValue() instanceof Long;
            if (!isValue) {
                return "has a " + place.apply(each.getKey()) + " that is neither text, whole number nor boolean";
            }
        }
        return null;
    }
}
