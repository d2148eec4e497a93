package dev.nest.host.isolation;

import java.util.HashSet;
import java.util.Set;

/** The packages of the JDK. What is in one of them is the JDK's, whatever a package of a function brings. */
final class PlatformPackages {
    private static final Set<String> NAMES = names();

    private PlatformPackages() {
    }

    /** Whether a class of this binary name is of a package of the JDK's. */
    static boolean holds(String className) {
        int dot = className.lastIndexOf('.');
        return className.startsWith("java.") || dot > 0 && NAMES.contains(className.substring(0, dot));
    }

    private static Set<String> names() {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        Set<String> names = new HashSet<>();
        for (Module module : ModuleLayer.boot().modules()) {
            ClassLoader loader = module.getClassLoader();
            if (loader == null || loader == platform) {
                names.addAll(module.getPackages());
            }
        }
        return Set.copyOf(names);
    }
}
