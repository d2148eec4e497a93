package dev.nest.host.isolation;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which files a sandbox may not open: another's package, layers and working directory; the process's own entries below
 * {@code /proc} and its descriptors. What the whole process may not open is the jail's to refuse.
 */
final class FileRules {
    private static final List<Path> PROCESS = List.of(Path.of("/dev/fd"), Path.of("/dev/stdin"), Path.of("/dev/stdout"),
        Path.of("/dev/stderr"));
    private static final Path PROC = Path.of("/proc");
    private static final Set<String> HARMLESS =
        Set.of("cpuinfo", "meminfo", "stat", "loadavg", "version", "filesystems", "uptime", "sys");
    private static final int MOST_NAMES = 64;

    private final Map<Path, Set<Enclosure>> owners = new ConcurrentHashMap<>();

    /** An enclosure's directories are its own from now on; several may own the same one. */
    void add(Enclosure enclosure) {
        for (Path each : directories(enclosure)) {
            owners.compute(each, (path, known) -> {
                Set<Enclosure> users = known == null ? ConcurrentHashMap.newKeySet() : known;
                users.add(enclosure);
                return users;
            });
        }
    }

    /** They are no longer. */
    void remove(Enclosure enclosure) {
        for (Path each : directories(enclosure)) {
            owners.computeIfPresent(each, (path, known) -> {
                known.remove(enclosure);
                return known.isEmpty() ? null : known;
            });
        }
    }

    /** Why an enclosure may not open a file; null when it may. */
    String refusal(Enclosure enclosure, String file) {
        Path path;
        try {
            path = Path.of(file).toAbsolutePath().normalize();
        } catch (InvalidPathException error) {
            return null;
        }
        if (isProcess(path)) {
            return file + " is the host's: it is not to be opened by a function";
        }
        int names = 0;
        for (Path each = path; each != null && names < MOST_NAMES; each = each.getParent(), names++) {
            Set<Enclosure> users = owners.get(each);
            if (users != null) {
                return users.contains(enclosure) ? null : file + " is in a directory of another function";
            }
        }
        return null;
    }

    private static boolean isProcess(Path path) {
        if (path.startsWith(PROC)) {
            return path.getNameCount() > 1 && !HARMLESS.contains(path.getName(1).toString());
        }
        return PROCESS.stream().anyMatch(path::startsWith);
    }

    private static List<Path> directories(Enclosure enclosure) {
        Enclosure.Spec spec = enclosure.spec();
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(spec.directory(), spec.workDirectory()),
            spec.layers().stream())
            .map(each -> each.toAbsolutePath().normalize()).distinct().toList();
    }
}
