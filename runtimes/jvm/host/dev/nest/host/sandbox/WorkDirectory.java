package dev.nest.host.sandbox;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;

/** A directory of a sandbox's own, in that of the host. */
final class WorkDirectory {
    private static final AtomicLong NUMBER = new AtomicLong();
    private static final Path ROOT = Path.of(System.getProperty("user.dir"), "sandboxes");

    private WorkDirectory() {}

    /** Its name says nothing of the sandbox. */
    static Path make() throws IOException {
        long number = NUMBER.incrementAndGet();
        if (number == 1) {
            Files.createDirectories(ROOT);
        }
        return Files.createDirectory(ROOT.resolve(String.valueOf(number)));
    }

    /** Removes it as far as that can be done; links are not followed. */
    static void remove(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path each, IOException error) throws IOException {
                    Files.delete(each);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException error) {
            // The host's own directory is removed with all that is in it when the host ends.
        }
    }
}
