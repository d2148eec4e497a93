package dev.nest.host.isolation;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles sources of functions for tests. */
final class TenantCode {
    private TenantCode() {
    }

    /** Compiles classes, given as name and source, into a directory. */
    static Path compile(Path directory, Map<String, String> sources, Path... classPath) throws IOException {
        Files.createDirectories(directory);
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, text) -> units.add(new SimpleJavaFileObject(
            URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        }));
        String path = String.join(":", java.util.Arrays.stream(classPath).map(Path::toString).toList());
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        boolean compiled = compiler.getTask(null, null, null,
            List.of("-d", directory.toString(), "-nowarn", "-Xlint:none", "-proc:none", "-cp", path.isEmpty()
            ? directory.toString() : path),
            null, units).call();
        if (!compiled) {
            throw new IOException("the test's function does not compile");
        }
        return directory;
    }

    /** Makes a jar of a directory. */
    static void jar(Path directory, Path jar) throws IOException {
        Files.createDirectories(jar.getParent());
        try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out =
            new JarOutputStream(file); var files = Files.walk(directory)) {
            for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new JarEntry(directory.relativize(each).toString()));
                out.write(Files.readAllBytes(each));
                out.closeEntry();
            }
        }
    }
}
