package dev.nest.host.handler;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The query of a target as browsers write it (application/x-www-form-urlencoded). */
final class Query {
    private Query() {}

    static Map<String, List<String>> parse(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : query.split("&")) {
            if (!pair.isEmpty()) {
                int sign = pair.indexOf('=');
                String name = decode(sign < 0 ? pair : pair.substring(0, sign));
                parameters.computeIfAbsent(name, (it) -> new ArrayList<>(1))
                    .add(sign < 0 ? "" : decode(pair.substring(sign + 1)));
            }
        }
        return parameters;
    }

    /** One value as it is, several as a list. */
    static Map<String, Object> flat(Map<String, List<String>> parameters) {
        Map<String, Object> flat = new LinkedHashMap<>();
        parameters.forEach((name, values) -> flat.put(name, values.size() == 1 ? values.get(0) : values));
        return flat;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException error) {
            // As browsers do with a percent sign that begins nothing.
            return text;
        }
    }
}
