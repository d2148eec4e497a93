package dev.nest.host.isolation;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;

/** {@code System.getenv}: to a sandbox's thread its own environment, to the host's the process's. Unmodifiable. */
final class EnvironmentView extends AbstractMap<String, String> {
    private final Map<String, String> host;

    private EnvironmentView(Map<String, String> host) {
        this.host = host;
    }

    /** Puts it in the place of the process's environment. */
    static void install() {
        var field = Internals.field(Internals.type("java.lang.ProcessEnvironment"), "theUnmodifiableEnvironment");
        Internals.write(null, field, new EnvironmentView(Map.copyOf(System.getenv())));
    }

    private Map<String, String> view() {
        Enclosure current = Enclosure.current();
        return current == null ? host : current.spec().environment();
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
        return view().entrySet();
    }

    @Override
    public String get(Object key) {
        return view().get(key);
    }

    @Override
    public boolean containsKey(Object key) {
        return view().containsKey(key);
    }

    @Override
    public int size() {
        return view().size();
    }
}
