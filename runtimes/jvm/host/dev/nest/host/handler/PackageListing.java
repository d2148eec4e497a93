package dev.nest.host.handler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a package holds, for those who look for something else in it. */
public final class PackageListing {
    private static final int MOST_NAMES = 20;
    private static final int MOST_FILES = 10_000;
    private final Path directory;

    public PackageListing(Path directory) {
        this.directory = directory;
    }

    String names() {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> names = files.map((it) -> it.getFileName().toString()).sorted().limit(MOST_NAMES + 1L)
                .toList();
            if (names.isEmpty()) {
                return "no files";
            }
            return String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                + (names.size() > MOST_NAMES ? ", …" : "");
        } catch (IOException error) {
            return "files that cannot be read";
        }
    }

    /** Where a class of that name, but of another package, is. */
    String hint(String wanted) {
        String file = wanted.substring(wanted.lastIndexOf('.') + 1) + ".class";
        try (Stream<Path> files = Files.walk(directory)) {
            return files.limit(MOST_FILES).filter((it) -> it.getFileName().toString().equalsIgnoreCase(file))
                .findFirst()
                .map((it) -> " (is it " + className(directory.relativize(it)) + "?)").orElse("");
        } catch (IOException | java.io.UncheckedIOException error) {
            return "";
        }
    }

    private static String className(Path file) {
        String path = file.toString().replaceFirst("^classes/", "");
        return path.substring(0, path.length() - ".class".length()).replace('/', '.');
    }
}
