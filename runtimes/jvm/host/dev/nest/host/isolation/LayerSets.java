package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One parent loader for each list of layers, shared by the sandboxes that name the same list, kept some seconds after
 * the last.
 */
final class LayerSets {
    private static final class Entry {
        final PackageLoader loader;
        int users;
        long unusedSince;

        Entry(PackageLoader loader) {
            this.loader = loader;
        }
    }

    private final Map<List<Path>, Entry> sets = new HashMap<>();

    /**
     * The loader of a list of layers; the platform's where the list is empty. Each call is to be answered by one {@link
     * #release}.
     */
    synchronized ClassLoader acquire(List<Path> layers) throws IOException {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        if (layers.isEmpty()) {
            return platform;
        }
        Entry entry = sets.get(layers);
        if (entry == null) {
            entry = new Entry(new PackageLoader(layers, platform));
            sets.put(List.copyOf(layers), entry);
        }
        entry.users++;
        return entry.loader;
    }

    /** The same loader, which is never closed then. */
    PackageLoader pin(List<Path> layers) throws IOException {
        return (PackageLoader) acquire(layers);
    }

    /** One user less. */
    synchronized void release(List<Path> layers, long now) {
        Entry entry = sets.get(layers);
        if (entry != null) {
            entry.users--;
            entry.unusedSince = now;
        }
    }

    /** Closes what nobody has used for so long, in nanoseconds. */
    synchronized void closeUnused(long now, long lingerNanos) {
        sets.values().removeIf(entry -> {
            boolean over = entry.users == 0 && now - entry.unusedSince >= lingerNanos;
            if (over) {
                entry.loader.close();
            }
            return over;
        });
    }

    /** The loaders that are open. */
    synchronized List<PackageLoader> open() {
        return sets.values().stream().map(entry -> entry.loader).toList();
    }
}
