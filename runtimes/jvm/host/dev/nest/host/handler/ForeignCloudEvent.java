package dev.nest.host.handler;

import dev.nest.function.CloudEvent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.Set;

/** What io.cloudevents.CloudEvent of the function's own jars says. */
record ForeignCloudEvent(CloudEvent event, Values values) {
    private static final Set<String> ATTRIBUTES =
        Set.of("specversion", "id", "type", "source", "datacontenttype", "dataschema", "subject", "time");

    String getId() {
        return event.id();
    }

    String getType() {
        return event.type();
    }

    URI getSource() {
        return uri("source");
    }

    String getSpecVersion() {
        return event.attribute("specversion");
    }

    String getDataContentType() {
        return event.attribute("datacontenttype");
    }

    URI getDataSchema() {
        return uri("dataschema");
    }

    String getSubject() {
        return event.attribute("subject");
    }

    OffsetDateTime getTime() {
        String time = event.attribute("time");
        return time == null ? null : OffsetDateTime.parse(time);
    }

    Object getAttribute(String name) {
        if (!ATTRIBUTES.contains(name)) {
            throw new IllegalArgumentException("There is no attribute '" + name + "' in CloudEvents 1.0.");
        }
        return switch (name) {
            case "source", "dataschema" -> uri(name);
            case "time" -> getTime();
            default -> event.attribute(name);
        };
    }

    Object getExtension(String name) {
        return ATTRIBUTES.contains(name) ? null : event.attributes().get(name);
    }

    Set<String> getAttributeNames() {
        Set<String> names = new LinkedHashSet<>(event.attributes().keySet());
        names.retainAll(ATTRIBUTES);
        return names;
    }

    Set<String> getExtensionNames() {
        Set<String> names = new LinkedHashSet<>(event.attributes().keySet());
        names.removeAll(ATTRIBUTES);
        return names;
    }

    Data getData() {
        Object data = event.data();
        if (data == null) {
            return null;
        }
        return new Data(data instanceof byte[] bytes ? bytes
            : data instanceof String text && !isJson() ? text.getBytes(StandardCharsets.UTF_8) : values.json(data));
    }

    private boolean isJson() {
        String type = event.attribute("datacontenttype");
        return type == null || EventBody.MediaType.of(type).isJson();
    }

    private URI uri(String name) {
        String value = event.attribute(name);
        return value == null ? null : URI.create(value);
    }

    @Override
    public String toString() {
        return "CloudEvent" + event.attributes();
    }

    /** What io.cloudevents.CloudEventData does. */
    record Data(byte[] bytes) {
        byte[] toBytes() {
            return bytes.clone();
        }
    }
}
