package dev.nest.host.handler;

import dev.nest.function.Context;
import dev.nest.function.Logger;
import dev.nest.host.http.Client;
import dev.nest.host.http.Exchange;
import dev.nest.host.http.Problem;
import dev.nest.host.http.Served;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The functions of test/functions, compiled once; each is found in a loader of its own and served on a port of its own.
 */
final class Functions implements AutoCloseable {
    static final Path CLASSES = compile();
    final BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final URLClassLoader loader;
    private final Served served;
    final Client client;

    Functions(String handler, String signature) throws IOException, LoadFailure {
        loader = loader(CLASSES);
        Handler found = HandlerFinder.find(loader, new PackageListing(CLASSES), handler, signature);
        served = new Served((exchange) -> serve(found, exchange));
        client = served.connect();
    }

    static URLClassLoader loader(Path directory) throws IOException {
        return new URLClassLoader(new URL[] {directory.toUri().toURL()}, Functions.class.getClassLoader());
    }

    private void serve(Handler handler, Exchange exchange) {
        Context.Function about = new Context.Function("hello", "default", "r7", "hello-r7-x", "one");
        try {
            handler.serve(new Invocation(exchange, about, new Lines()));
        } catch (Problem problem) {
            exchange.fail(problem);
        } catch (Throwable error) {
            errors.add(error);
            exchange.fail(new Problem(500, "failed"));
        }
    }

    Client.Response post(String body, String... fields) throws IOException {
        return client.post("/p?q=1&q=2&r=a%20b", fields.length == 0 ? "Content-Type: application/json\r\n"
            : String.join("", fields), body);
    }

    @Override
    public void close() throws IOException {
        client.close();
        served.close();
        loader.close();
    }

    private static Path compile() {
        try {
            Path classes = Files.createTempDirectory("functions");
            JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
            try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                 Stream<Path> sources = Files.walk(Path.of(System.getProperty("nest.test"), "functions"))) {
                List<Path> all = sources.filter((it) -> it.toString().endsWith(".java")).toList();
                List<String> options = List.of("-d", classes.toString(), "-g", "-proc:none", "-cp",
                    System.getProperty("nest.out") + "/nest-function.jar");
                if (!compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(all))
                    .call()) {
                    throw new AssertionError("The functions cannot be compiled.");
                }
            }
            return classes;
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private final class Lines implements Logger {
        @Override
        public void debug(String format, Object... arguments) {
            lines.add("debug " + String.format(format, arguments));
        }

        @Override
        public void info(String format, Object... arguments) {
            lines.add("info " + String.format(format, arguments));
        }

        @Override
        public void warn(String format, Object... arguments) {
            lines.add("warn " + String.format(format, arguments));
        }

        @Override
        public void error(String format, Object... arguments) {
            lines.add("error " + String.format(format, arguments));
        }

        @Override
        public void error(String message, Throwable error) {
            lines.add("error " + message + " " + error);
        }
    }
}
