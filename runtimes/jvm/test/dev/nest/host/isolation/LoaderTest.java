package dev.nest.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {
    @TempDir
    Path work;

    private static String saying(String name, String text) {
        return "package a; public class " + name + " { public static String say() { return \"" + text + "\"; } }";
    }

    @Test
    void classesAreFoundInEveryFormOfAPackage() throws Exception {
        Path directory = work.resolve("package");
        TenantCode.compile(directory, Map.of("a.Top", saying("Top", "top")));
        TenantCode.compile(directory.resolve("classes"), Map.of("a.Inner", saying("Inner", "classes")));
        TenantCode.jar(TenantCode.compile(work.resolve("x"), Map.of("a.Jar", saying("Jar", "jar"))),
            directory.resolve("x.jar"));
        TenantCode.jar(TenantCode.compile(work.resolve("b"), Map.of("a.Lib", saying("Lib", "first"))),
            directory.resolve("lib/1.jar"));
        TenantCode.jar(TenantCode.compile(work.resolve("c"), Map.of("a.Lib", saying("Lib", "second"))),
            directory.resolve("lib/2.jar"));
        try (Tenant tenant = Tenant.open(work, directory)) {
            assertEquals("top", tenant.call("a.Top", "say"));
            assertEquals("classes", tenant.call("a.Inner", "say"));
            assertEquals("jar", tenant.call("a.Jar", "say"));
            assertEquals("first", tenant.call("a.Lib", "say"));
        }
    }

    @Test
    void itsOwnClassesComeBeforeThoseOfLayersAndNeitherMixesWithANeighbours() throws Exception {
        Path layer =
            TenantCode.compile(work.resolve("layer"),
            Map.of("a.One", saying("One", "layer"), "a.Two", saying("Two", "layer")));
        Path first = TenantCode.compile(work.resolve("first"), Map.of("a.One", saying("One", "own")));
        Path second = Files.createDirectories(work.resolve("second"));
        try (Tenant one = Tenant.open(work, first, List.of(layer), Map.of(), Limits.none());
            Tenant two = Tenant.open(work, second, List.of(layer), Map.of(), Limits.none())) {
            assertEquals("own", one.call("a.One", "say"));
            assertEquals("layer", two.call("a.One", "say"));
            assertEquals("layer", one.call("a.Two", "say"));
            assertEquals(one.enclosure.loader().loadClass("a.Two"), two.enclosure.loader().loadClass("a.Two"),
                "layers are loaded once");
        }
        try (Tenant other = Tenant.open(work, first)) {
            assertThrows(ClassNotFoundException.class, () -> other.enclosure.loader().loadClass("a.Two"));
        }
    }

    @Test
    void theSamePackageTwiceIsTwoSetsOfClasses() throws Exception {
        Path directory = TenantCode.compile(work.resolve("p"), Map.of("a.One", saying("One", "x")));
        try (Tenant one = Tenant.open(work, directory); Tenant two = Tenant.open(work, directory)) {
            assertNotEquals(one.enclosure.loader().loadClass("a.One"), two.enclosure.loader().loadClass("a.One"));
        }
    }

    @Test
    void theJdksClassesAreTheJdksAndTheHostIsNotToBeFound() throws Exception {
        Path directory = TenantCode.compile(work.resolve("p"), Map.of("a.One", saying("One", "x")));
        Files.createDirectories(directory.resolve("java/util/function"));
        try (Tenant tenant = Tenant.open(work, directory)) {
            ClassLoader loader = tenant.enclosure.loader();
            assertEquals(java.util.List.class, loader.loadClass("java.util.List"));
            assertEquals(java.sql.Driver.class, loader.loadClass("java.sql.Driver"));
            assertThrows(ClassNotFoundException.class, () -> loader.loadClass("dev.nest.host.isolation.Enclosure"));
            assertThrows(ClassNotFoundException.class, () -> loader.loadClass("org.junit.jupiter.api.Test"));
        }
    }

    @Test
    void resourcesAndServicesAreItsOwnAndItsLayers() throws Exception {
        Path layer = work.resolve("layer");
        Path own = work.resolve("own");
        String service = "package a; public class %s implements Runnable { public void run() {} }";
        TenantCode.compile(layer, Map.of("a.InLayer", service.formatted("InLayer")));
        TenantCode.compile(own, Map.of("a.Own", service.formatted("Own"), "a.Names", """
            package a;
            public class Names {
                public static String say() {
                    return java.util.ServiceLoader.load(Runnable.class).stream().map(each -> each.type().getSimpleName()).toList().toString();
                }
            }"""));
        for (Path each : List.of(layer, own)) {
            Files.createDirectories(each.resolve("META-INF/services"));
        }
        Files.writeString(layer.resolve("META-INF/services/java.lang.Runnable"), "a.InLayer\n");
        Files.writeString(own.resolve("META-INF/services/java.lang.Runnable"), "a.Own\n");
        try (Tenant tenant = Tenant.open(work, own, List.of(layer), Map.of(), Limits.none()); Tenant alone =
            Tenant.open(work, own)) {
            assertEquals("[Own, InLayer]", tenant.call("a.Names", "say"));
            assertEquals("[Own]", alone.call("a.Names", "say"));
            assertEquals(null, alone.enclosure.loader()
                .getResource("META-INF/services/org.junit.platform.engine.TestEngine"));
            assertEquals(null, alone.enclosure.loader().getResource("../layer/META-INF/services/java.lang.Runnable"));
        }
    }

    @Test
    void aBrokenJarIsNamedAndNothingStaysOpen() throws Exception {
        Path directory = Files.createDirectories(work.resolve("p/lib"));
        TenantCode.jar(TenantCode.compile(work.resolve("b"), Map.of("a.Lib", saying("Lib", "x"))),
            directory.resolve("a.jar"));
        Files.writeString(directory.resolve("broken.jar"), "no jar at all");
        IOException error = assertThrows(IOException.class, () -> Tenant.open(work, work.resolve("p")));
        assertTrue(error.getMessage().startsWith("lib/broken.jar is no jar that can be read"), error.getMessage());
        assertEquals(0, openFiles("a.jar"));
    }

    @Test
    void noJarStaysOpenAfterTheEndAlsoWhenAResourceWasReadByItsAddress() throws Exception {
        Path content = TenantCode.compile(work.resolve("b"), Map.of("a.Lib", """
            package a;
            public class Lib {
                public static String say() throws Exception {
                    java.net.URL address = Lib.class.getResource("/text 1.txt");
                    java.net.URLConnection connection = new java.net.URL(address.toString()).openConnection();
                    try (var one = address.openStream(); var other = connection.getInputStream()) {
                        return new String(one.readAllBytes()) + new String(other.readAllBytes());
                    }
                }
            }"""));
        Files.writeString(content.resolve("text 1.txt"), "text");
        TenantCode.jar(content, work.resolve("p/lib/held.jar"));
        try (Tenant tenant = Tenant.open(work, work.resolve("p"))) {
            assertEquals("texttext", tenant.call("a.Lib", "say"));
            assertEquals(1, openFiles("held.jar"));
        }
        assertEquals(0, openFiles("held.jar"));
    }

    @Test
    void layersAreClosedSomeTimeAfterTheLastWhoUsedThem() throws Exception {
        LayerSets sets = new LayerSets();
        Path layer = TenantCode.compile(work.resolve("layer"), Map.of("a.One", saying("One", "layer")));
        ClassLoader first = sets.acquire(List.of(layer));
        assertEquals(first, sets.acquire(List.of(layer)));
        sets.release(List.of(layer), 0);
        sets.closeUnused(100, 10);
        assertEquals(List.of(first), sets.open());
        sets.release(List.of(layer), 100);
        sets.closeUnused(109, 10);
        assertEquals(first, sets.acquire(List.of(layer)), "it was kept");
        sets.release(List.of(layer), 110);
        sets.closeUnused(120, 10);
        assertEquals(List.of(), sets.open());
        assertNotEquals(first, sets.acquire(List.of(layer)));
        assertEquals(ClassLoader.getPlatformClassLoader(), sets.acquire(List.of()));
    }

    @Test
    void layersThatArePreloadedAreThereBeforeTheFirstWhoNamesThemAndStay() throws Exception {
        Path layer = work.resolve("layer");
        Path one = TenantCode.compile(work.resolve("b"), Map.of("a.One", saying("One", "one"), "a.Two", """
            package a;
            public class Two {
                static { if (true) throw new IllegalStateException("it was initialized"); }
            }"""));
        TenantCode.jar(one, layer.resolve("lib/one.jar"));
        TenantCode.compile(layer.resolve("classes"), Map.of("a.Three", saying("Three", "three")));
        LayerSets sets = new LayerSets();
        Preloading.Result result = Preloading.run(sets, List.of(layer), new JvmMemory());
        assertEquals(new Preloading.Result(3, List.of()), result);
        PackageLoader loader = sets.open().get(0);
        for (String name : List.of("a.One", "a.Two", "a.Three")) {
            assertTrue(loader.hasDefined(name), name);
        }
        assertEquals(loader, sets.acquire(List.of(layer)), "who names the same list has the same classes");
        sets.release(List.of(layer), 0);
        sets.closeUnused(1_000_000, 10);
        assertEquals(List.of(loader), sets.open());
        loader.close();
    }

    @Test
    void aLayerThatCannotBeOpenedIsSaidAndOpensNothing() throws Exception {
        Path layer = Files.createDirectories(work.resolve("layer/lib")).getParent();
        Files.writeString(layer.resolve("lib/broken.jar"), "no jar at all");
        LayerSets sets = new LayerSets();
        Preloading.Result result = Preloading.run(sets, List.of(layer), new JvmMemory());
        assertEquals(0, result.classes());
        assertTrue(result.skipped().get(0).message().startsWith("lib/broken.jar is no jar"), result.toString());
        assertEquals(List.of(), sets.open());
        assertEquals(new Preloading.Result(0, List.of()), Preloading.run(sets, List.of(), new JvmMemory()));
    }

    @Test
    void classesThatNeedWhatIsNotThereAreLeftOut() throws Exception {
        Path layer = TenantCode.compile(work.resolve("layer"), Map.of("a.Base", "package a; public class Base { }",
            "a.Child", "package a; public class Child extends Base { }", "a.Alone", saying("Alone", "alone")));
        Files.delete(layer.resolve("a/Base.class"));
        Files.writeString(layer.resolve("a/Text.class"), "no class at all");
        assertEquals(new Preloading.Result(1, List.of()),
            Preloading.run(new LayerSets(), List.of(layer), new JvmMemory()));
    }

    private static long openFiles(String name) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(each -> {
                try {
                    return Files.readSymbolicLink(each).toString().endsWith("/" + name);
                } catch (IOException gone) {
                    return false;
                }
            }).count();
        }
    }
}
