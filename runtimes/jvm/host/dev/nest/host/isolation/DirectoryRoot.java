package dev.nest.host.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** A directory of classes. A name that leads out of it finds nothing. */
final class DirectoryRoot implements ClassRoot {
    private static final int DEPTH = 64;
    private static final int MOST_NAMES = 20_000;

    private final Path directory;
    private final ProtectionDomain domain;

    DirectoryRoot(Path directory) throws MalformedURLException {
        this.directory = directory;
        this.domain = TenantPermissions.domain(directory.toUri().toURL());
    }

    @Override
    public InputStream open(String name) throws IOException {
        Path file = file(name);
        return file == null ? null : Files.newInputStream(file);
    }

    @Override
    public URL find(String name) {
        Path file = file(name);
        if (file == null) {
            return null;
        }
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException error) {
            return null;
        }
    }

    @Override
    public List<String> classNames() throws IOException {
        try (Stream<Path> files = Files.find(directory, DEPTH, (file, about) -> about.isRegularFile()
            && file.toString().endsWith(".class"))) {
            return files.limit(MOST_NAMES).map(file -> directory.relativize(file).toString())
                .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.')).sorted().toList();
        } catch (UncheckedIOException error) {
            throw error.getCause();
        }
    }

    @Override
    public Manifest manifest() {
        return null;
    }

    @Override
    public ProtectionDomain domain() {
        return domain;
    }

    @Override
    public void close() {
        // a directory is not held open
    }

    private Path file(String name) {
        try {
            Path file = directory.resolve(name).normalize();
            boolean found = !name.startsWith("/") && file.startsWith(directory) && Files.exists(file);
            return found && (name.endsWith("/") || name.isEmpty() || Files.isRegularFile(file)) ? file : null;
        } catch (InvalidPathException error) {
            return null;
        }
    }
}
