package dev.nest.host.isolation;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where in an unpacked package, or layer, classes are: {@code classes/}, then its top, then jars at its top, then
 * {@code lib/*.jar}, jars in the order of their names.
 */
final class PackageForm {
    private PackageForm() {
    }

    /** Opens all of it. When one part cannot be opened none stays open, and the error says which. */
    static List<ClassRoot> open(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory.toString());
        }
        List<ClassRoot> roots = new ArrayList<>();
        try {
            Path classes = directory.resolve("classes");
            if (Files.isDirectory(classes)) {
                roots.add(new DirectoryRoot(classes));
            }
            roots.add(new DirectoryRoot(directory));
            for (Path jar : jars(directory)) {
                roots.add(new JarRoot(jar, directory.relativize(jar).toString()));
            }
            for (Path jar : jars(directory.resolve("lib"))) {
                roots.add(new JarRoot(jar, directory.relativize(jar).toString()));
            }
            return roots;
        } catch (IOException | RuntimeException error) {
            for (ClassRoot root : roots) {
                root.close();
            }
            throw error;
        }
    }

    /** Bytes of classes and jars: what the estimate of its need is made of. */
    static long bytes(Path directory) throws IOException {
        long bytes = 0;
        for (Path each : List.of(directory, directory.resolve("lib"))) {
            for (Path jar : jars(each)) {
                bytes += Files.size(jar);
            }
        }
        return bytes;
    }

    private static List<Path> jars(Path directory) throws IOException {
        List<Path> jars = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.jar")) {
                files.forEach(jars::add);
            }
        }
        jars.sort(null);
        return jars;
    }
}
