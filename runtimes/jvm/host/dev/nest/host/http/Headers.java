package dev.nest.host.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fields in the order in which they came; names in lower case. */
public final class Headers {
    private final List<String> names = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    void add(String name, String value) {
        names.add(name);
        values.add(value);
    }

    public int size() {
        return names.size();
    }

    public String name(int index) {
        return names.get(index);
    }

    public String value(int index) {
        return values.get(index);
    }

    /** The first of that name, which is in lower case; null when there is none. */
    public String get(String name) {
        int index = names.indexOf(name);
        return index < 0 ? null : values.get(index);
    }

    int count(String name) {
        return Collections.frequency(names, name);
    }

    /** All values of each name. */
    public Map<String, List<String>> all() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            all.computeIfAbsent(names.get(i), (name) -> new ArrayList<>(1)).add(values.get(i));
        }
        return all;
    }

    /** One text a name, several of it joined as HTTP allows it. */
    public Map<String, String> joined() {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            String separator = names.get(i).equals("cookie") ? "; " : ", ";
            all.merge(names.get(i), values.get(i), (one, other) -> one + separator + other);
        }
        return all;
    }
}
