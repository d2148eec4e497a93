package dev.nest.host.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nest.host.handler.LoadFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceCompilerTest {
    @TempDir
    private Path root;
    private Path directory;
    private Path into;

    @BeforeEach
    void makePackage() throws IOException {
        directory = Files.createDirectory(root.resolve("package"));
        into = root.resolve("into");
    }

    private void write(String name, String text) throws IOException {
        Files.createDirectories(directory.resolve(name).getParent());
        Files.writeString(directory.resolve(name), text);
    }

    private void compile(Path... layers) throws IOException, LoadFailure {
        SourceCompiler compiler = new SourceCompiler(directory, List.of(layers));
        compiler.compile(compiler.sources(), into);
    }

    @Test
    void sourcesAloneAreCompiledAndOtherFilesStay() throws Exception {
        write("com/acme/Hello.java", "package com.acme; public class Hello implements java.util.function.Supplier<String> { public String get() { return \"hi\"; } }");
        write("messages.properties", "a=b");
        compile();
        assertTrue(Files.exists(into.resolve("classes/com/acme/Hello.class")));
        assertEquals("a=b", Files.readString(into.resolve("messages.properties")));
    }

    @Test
    void whatIsCompiledIsLeftAlone() throws Exception {
        write("Hello.java", "class Hello {}");
        for (String name : new String[] {"Hello.class", "lib/a.jar"}) {
            write(name, "");
            assertEquals(List.of(), new SourceCompiler(directory, List.of()).sources());
            Files.delete(directory.resolve(name));
        }
        assertEquals(List.of(directory.resolve("Hello.java")), new SourceCompiler(directory, List.of()).sources());
    }

    @Test
    void errorsAreToldAsJavacSaysThem() throws Exception {
        write("com/acme/Hello.java", "package com.acme;\n\nclass Hello {\n    int x = \"a\";\n}\n");
        LoadFailure failure = assertThrows(LoadFailure.class, this::compile);
        assertEquals("SyntaxError", failure.reason());
        assertEquals("com/acme/Hello.java:4: error: incompatible types: java.lang.String cannot be converted to int\n    int x = \"a\";\n            ^",
            failure.getMessage());
    }

    @Test
    void layersAreOnTheClassPath() throws Exception {
        Path layer = root.resolve("layer");
        write("Shared.java", "public class Shared {}");
        compile();
        Files.createDirectories(layer);
        Files.move(into.resolve("classes"), layer.resolve("classes"));
        Files.delete(directory.resolve("Shared.java"));
        write("Hello.java", "class Hello extends Shared {}");
        into = root.resolve("second");
        compile(layer);
        assertTrue(Files.exists(into.resolve("classes/Hello.class")));
    }

    @Test
    void processorsDoNotRun() throws Exception {
        write("META-INF/services/javax.annotation.processing.Processor", "Evil");
        write("Evil.java", "import javax.annotation.processing.*; import java.util.Set; import javax.lang.model.element.TypeElement;"
            + "public class Evil extends AbstractProcessor { static { System.setProperty(\"evil\", \"ran\"); }"
            + "public boolean process(Set<? extends TypeElement> all, RoundEnvironment round) { return false; } }");
        compile();
        assertFalse(Boolean.parseBoolean(System.getProperty("evil", "false")) || System.getProperty("evil") != null);
    }

    @Test
    void tooMuchIsRefused() throws Exception {
        write("Hello.java", "class Hello {}" + " ".repeat(2 << 20));
        assertTrue(assertThrows(LoadFailure.class, this::compile).getMessage().contains("Compile it before"));
    }
}
