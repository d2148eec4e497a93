package dev.nest.function;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * An event in the form of CloudEvents 1.0.
 *
 * @param attributes all of them, those that are required ({@code specversion}, {@code id}, {@code source},
 *     {@code type}) and others; text, whole numbers or booleans
 * @param data what the JSON of the data becomes (maps, lists, strings, numbers), a string where it is text, else
 *     {@code byte[]}; null when there is none
 */
public record CloudEvent(Map<String, Object> attributes, Object data) {
    public CloudEvent {
        attributes = Map.copyOf(attributes);
    }

    /** One with the attributes that are required. */
    public static CloudEvent of(String id, String source, String type, Object data) {
        return new CloudEvent(Map.of("specversion", "1.0", "id", id, "source", source, "type", type), data);
    }

    /** The same with one attribute more. */
    public CloudEvent with(String name, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(attributes);
        all.put(name, value);
        return new CloudEvent(all, data);
    }

    public String id() {
        return attribute("id");
    }

    public String source() {
        return attribute("source");
    }

    public String type() {
        return attribute("type");
    }

    /** An attribute as text; null when it is not there. */
    public String attribute(String name) {
        return Objects.toString(attributes.get(name), null);
    }
}
