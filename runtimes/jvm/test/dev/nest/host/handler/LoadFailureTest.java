package dev.nest.host.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of bad input, and what its author is told. */
@Timeout(30)
class LoadFailureTest {
    private static LoadFailure fail(Path directory, String handler, String signature) throws Exception {
        try (URLClassLoader loader = Functions.loader(directory)) {
            return assertThrows(LoadFailure.class, () -> HandlerFinder.find(loader, new PackageListing(directory),
                handler, signature));
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(
            Arguments.of("fixtures.Gone", "http", "ModuleNotFound",
                "The package has no class 'fixtures.Gone'; it holds: com, fixtures, io."),
            Arguments.of("Plain", "http", "ModuleNotFound", "(is it fixtures.Plain?)"),
            Arguments.of("fixtures.plain", "http", "ModuleNotFound", "(is it fixtures.Plain?)"),
            Arguments.of("../fixtures.Plain", "http", "HandlerNotFound",
                "not of the form package.Class or package.Class::method"),
            Arguments.of("", "http", "HandlerNotFound", "not of the form"),
            Arguments.of("a::b::c", "http", "HandlerNotFound", "not of the form"),
            Arguments.of("fixtures.Plain::none", "http", "HandlerNotFound",
                "has no method 'none'; its public methods are: "),
            Arguments.of("fixtures.Plain::hidden", "http", "HandlerNotFound",
                "The method hidden of fixtures.Plain is not public."),
            Arguments.of("fixtures.Plain::odd", "http", "HandlerNotAFunction",
                "fixtures.Plain::odd(Map, Thread, int) has parameters that are not known"),
            Arguments.of("fixtures.Broken$Nothing", "http", "HandlerNotAFunction",
                "RequestHandler and RequestStreamHandler of com.amazonaws"),
            Arguments.of("fixtures.Broken$Parameters", "http", "HandlerNotFound",
                "has no public constructor without parameters"),
            Arguments.of("fixtures.Broken$Hidden", "http", "HandlerNotFound", "is private"),
            Arguments.of("fixtures.Broken$Inner", "http", "HandlerNotFound", "an inner class that is not static"),
            Arguments.of("fixtures.Broken$Abstract", "http", "HandlerNotAFunction", "is abstract"),
            Arguments.of("dev.nest.function.HttpHandler", "http", "HandlerNotAFunction", ""),
            Arguments.of("fixtures.Broken$Static", "http", "LoadError",
                "The static initializer of fixtures.Broken$Static threw: java.lang.IllegalStateException: no database"),
            Arguments.of("fixtures.Broken$Constructor", "http", "LoadError",
                "The constructor of fixtures.Broken$Constructor threw: java.lang.UnsupportedOperationException: not yet"),
            Arguments.of("fixtures.Broken$Overflow", "http", "LoadError", "StackOverflowError"),
            Arguments.of("fixtures.Broken$Message", "http", "LoadError", "its message cannot be shown"),
            Arguments.of("fixtures.Own$Http", "server", "UnsupportedSignature", "'server' is not served"),
            Arguments.of("fixtures.Own$Http", "telepathy", "UnsupportedSignature", "'telepathy' is not served"),
            Arguments.of("fixtures.Own$Http", "event", "UnsupportedSignature",
                "one of HTTP, whose signature is 'http', not 'event'"),
            Arguments.of("fixtures.Google$Http", "cloudevent", "UnsupportedSignature", "not 'cloudevent'"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("failures")
    void saysWhyInWords(String handler, String signature, String reason, String message) throws Exception {
        LoadFailure failure = fail(Functions.CLASSES, handler, signature);
        assertEquals(reason, failure.reason(), failure.getMessage());
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }

    @Test
    void theStackHasTheFramesOfTheFunctionAndItsCauses() throws Exception {
        String stack = Trace.ofFunction(fail(Functions.CLASSES, "fixtures.Broken$Static", "http").getCause());
        assertTrue(stack.matches("(?s)java.lang.IllegalStateException: no database\n    at fixtures.Broken\\$Static.<clinit>\\(Broken.java:\\d+\\)\n"
            + "Caused by: java.io.IOException: refused\n    at fixtures.Broken\\$Static.<clinit>\\(Broken.java:\\d+\\)"), stack);
    }

    @Test
    void classesThatCannotBeLinked(@TempDir Path directory) throws Exception {
        Path fixtures = Files.createDirectories(directory.resolve("fixtures"));
        for (String name : new String[] {"Broken", "Broken$Base", "Broken$Needs", "Plain", "Plain$Gives"}) {
            Files.copy(Functions.CLASSES.resolve("fixtures/" + name + ".class"), fixtures.resolve(name + ".class"));
        }
        LoadFailure missing = fail(directory, "fixtures.Broken$Needs", "http");
        assertEquals("LoadError", missing.reason());
        assertTrue(missing.getMessage()
            .contains("needs the class fixtures.Broken$Gone, which is not in the package.\nNothing is installed"),
            missing.getMessage());

        byte[] newer = Files.readAllBytes(fixtures.resolve("Plain.class"));
        newer[7] = 65;
        Files.write(fixtures.resolve("Plain.class"), newer);
        LoadFailure version = fail(directory, "fixtures.Plain", "http");
        assertEquals("UnsupportedClassVersion fixtures.Plain was compiled for Java 21, and this is Java 17: compile with --release 17.",
            version.reason() + " " + version.getMessage());

        Files.writeString(fixtures.resolve("Plain$Gives.class"), "no class");
        LoadFailure garbage = fail(directory, "fixtures.Plain$Gives", "http");
        assertEquals("LoadError", garbage.reason());
        assertTrue(garbage.getMessage().contains("ClassFormatError"), garbage.getMessage());

        Files.copy(Functions.CLASSES.resolve("fixtures/Own.class"), directory.resolve("Other.class"));
        assertEquals("ModuleNotFound", fail(directory, "Other", "http").reason());
    }
}
