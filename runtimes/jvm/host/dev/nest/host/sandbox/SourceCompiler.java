package dev.nest.host.sandbox;

import dev.nest.host.handler.LoadFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles a package that holds sources only: for trying out, so that nobody needs a compiler of their own. */
final class SourceCompiler {
    private static final long MOST_BYTES = 1 << 20;
    private static final int MOST_FILES = 200;
    private static final int MOST_ERRORS = 10;
    private final Path directory;
    private final List<Path> layers;

    SourceCompiler(Path directory, List<Path> layers) {
        this.directory = directory;
        this.layers = layers;
    }

    /** The sources of a package that has nothing to run; empty where there are classes or jars. */
    List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            // The first class or jar says enough, and is most often near.
            for (Iterator<Path> each = files.iterator(); each.hasNext();) {
                Path file = each.next();
                String name = file.toString();
                if (name.endsWith(".class") || name.endsWith(".jar")) {
                    return List.of();
                }
                if (name.endsWith(".java") && Files.isRegularFile(file)) {
                    sources.add(file);
                }
            }
        }
        sources.sort(null);
        return sources;
    }

    /** Makes `into` a package with the classes and whatever else the directory holds. */
    void compile(List<Path> sources, Path into) throws IOException, LoadFailure {
        long bytes = 0;
        for (Path source : sources) {
            bytes += Files.size(source);
        }
        if (sources.size() > MOST_FILES || bytes > MOST_BYTES) {
            throw new LoadFailure("LoadError", "The package has sources of " + bytes + " bytes in " + sources.size()
                + " files; up to " + MOST_BYTES + " bytes in " + MOST_FILES
                + " files are compiled here. Compile it before, and pack the classes.");
        }
        Files.createDirectories(into.resolve("classes"));
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.createSymbolicLink(into.resolve(file.getFileName()), file);
            }
        }
        run(sources, into.resolve("classes"));
    }

    /** One at a time in the JVM, for the memory that it takes. */
    private void run(List<Path> sources, Path classes) throws IOException, LoadFailure {
        synchronized (SourceCompiler.class) {
            JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
            if (compiler == null) {
                throw new LoadFailure("LoadError",
                    "The package holds sources, and the Java of this runtime has no compiler: "
                    + "compile it before, and pack the classes.");
            }
            DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
            try (StandardJavaFileManager files = compiler.getStandardFileManager(found, Locale.ROOT,
                StandardCharsets.UTF_8)) {
                // Processors would be the function's code, running outside of its sandbox.
                List<String> options = List.of("-d", classes.toString(), "-cp", classPath(), "-g", "-nowarn",
                    "-proc:none", "-encoding", "UTF-8");
                boolean isDone = compiler.getTask(null, files, found, options, null,
                    files.getJavaFileObjectsFromPaths(sources)).call();
                if (!isDone) {
                    throw new LoadFailure("SyntaxError", text(found.getDiagnostics()));
                }
            }
        }
    }

    private String classPath() throws IOException {
        List<Path> parts = new ArrayList<>();
        parts.add(Path.of(System.getProperty("jdk.module.path").split(":")[0], "nest-function.jar").toAbsolutePath());
        for (Path layer : layers) {
            parts.add(layer.resolve("classes"));
            parts.add(layer);
            for (Path folder : List.of(layer, layer.resolve("lib"))) {
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.list(folder)) {
                        files.filter((it) -> it.toString().endsWith(".jar")).sorted().forEach(parts::add);
                    }
                }
            }
        }
        return parts.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    private String text(List<Diagnostic<? extends JavaFileObject>> found) {
        return found.stream().filter((it) -> it.getKind() == Diagnostic.Kind.ERROR).limit(MOST_ERRORS).map(this::text)
            .collect(Collectors.joining("\n"));
    }

    /** As javac prints it: file and line, what is wrong, the line, and a caret. */
    private String text(Diagnostic<? extends JavaFileObject> error) {
        String message = error.getMessage(Locale.ROOT);
        if (error.getSource() == null) {
            return message;
        }
        Path file = Path.of(error.getSource().toUri());
        String place = directory.relativize(file) + ":" + error.getLineNumber() + ": error: " + message;
        try {
            String line = Files.readAllLines(file).get((int) error.getLineNumber() - 1);
            return place + "\n" + line + "\n" + " ".repeat((int) Math.max(0, Math.min(error.getColumnNumber(),
                200) - 1)) + "^";
        } catch (IOException | IndexOutOfBoundsException unreadable) {
            return place;
        }
    }
}
