package dev.nest.host.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Loads what a package, or a list of layers, brings. A name is looked for in this order: {@code dev.nest.function} is
 * the host's, a package of the JDK is the JDK's, then its own, then its parent's (layers, and the JDK). The host itself
 * is not to be found.
 */
final class PackageLoader extends ClassLoader {
    private static final String INTERFACE = "dev.nest.function.";
    private static final String HOST = "dev.nest.host.";

    static {
        registerAsParallelCapable();
    }

    private final List<ClassRoot> roots;
    private volatile Enclosure enclosure;
    private LogView logView;

    /** Opens the directories; they are searched in their order. */
    PackageLoader(List<Path> directories, ClassLoader parent) throws IOException {
        super(parent);
        List<ClassRoot> opened = new ArrayList<>();
        try {
            for (Path directory : directories) {
                opened.addAll(PackageForm.open(directory));
            }
        } catch (IOException | RuntimeException error) {
            for (ClassRoot root : opened) {
                root.close();
            }
            throw error;
        }
        roots = List.copyOf(opened);
    }

    /** The sandbox whose package it loads; null for layers. */
    Enclosure enclosure() {
        return enclosure;
    }

    void belongTo(Enclosure owner) {
        enclosure = owner;
    }

    /** The loggers that its code asks for. */
    synchronized LogView logView() {
        if (logView == null) {
            logView = new LogView();
        }
        return logView;
    }

    /** Whether it has defined a class of this name. */
    boolean hasDefined(String name) {
        return findLoadedClass(name) != null;
    }

    /** The names of all classes that it may define, in the order in which they are searched; some may be none. */
    List<String> classNames() throws IOException {
        List<String> names = new ArrayList<>();
        for (ClassRoot root : roots) {
            names.addAll(root.classNames());
        }
        return names;
    }

    /** Closes its jars: nothing more is found. */
    void close() {
        for (ClassRoot root : roots) {
            try {
                root.close();
            } catch (IOException ignored) {
                // a jar that cannot be closed has nothing left to give back
            }
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            Class<?> found = known != null ? known : search(name);
            if (resolve) {
                resolveClass(found);
            }
            return found;
        }
    }

    private Class<?> search(String name) throws ClassNotFoundException {
        if (name.startsWith(INTERFACE)) {
            return PackageLoader.class.getClassLoader().loadClass(name);
        }
        if (name.startsWith(HOST)) {
            throw new ClassNotFoundException(name);
        }
        if (PlatformPackages.holds(name)) {
            try {
                return getPlatformClassLoader().loadClass(name);
            } catch (ClassNotFoundException notThere) {
                // a package that the JDK and a library share
            }
        }
        Class<?> own = define(name);
        return own != null ? own : getParent().loadClass(name);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        Class<?> own = define(name);
        if (own == null) {
            throw new ClassNotFoundException(name);
        }
        return own;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        String path = name.replace('.', '/').concat(".class");
        for (ClassRoot root : roots) {
            try (InputStream stream = root.open(path)) {
                if (stream != null) {
                    byte[] bytes = stream.readAllBytes();
                    describe(name, root);
                    return defineClass(name, bytes, 0, bytes.length, root.domain());
                }
            } catch (IOException | IllegalStateException error) {
                throw new ClassNotFoundException(name + " (could not be read: " + error.getMessage() + ")", error);
            }
        }
        return null;
    }

    /** Gives the class's package the versions that the jar's manifest names. */
    private void describe(String name, ClassRoot root) throws IOException {
        int dot = name.lastIndexOf('.');
        if (dot < 0 || getDefinedPackage(name.substring(0, dot)) != null) {
            return;
        }
        Manifest manifest = root.manifest();
        if (manifest == null) {
            return;
        }
        Attributes main = manifest.getMainAttributes();
        try {
            definePackage(name.substring(0, dot), main.getValue(Attributes.Name.SPECIFICATION_TITLE),
                main.getValue(Attributes.Name.SPECIFICATION_VERSION),
                main.getValue(Attributes.Name.SPECIFICATION_VENDOR),
                main.getValue(Attributes.Name.IMPLEMENTATION_TITLE),
                main.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
                main.getValue(Attributes.Name.IMPLEMENTATION_VENDOR), null);
        } catch (IllegalArgumentException definedMeanwhile) {
            // another thread was first
        }
    }

    @Override
    public URL getResource(String name) {
        URL own = findResource(name);
        return own != null ? own : getParent().getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> all = Collections.list(findResources(name));
        all.addAll(Collections.list(getParent().getResources(name)));
        return Collections.enumeration(all);
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        for (ClassRoot root : roots) {
            try {
                InputStream own = root.open(name);
                if (own != null) {
                    return own;
                }
            } catch (IOException | IllegalStateException unreadable) {
                return null;
            }
        }
        return getParent().getResourceAsStream(name);
    }

    @Override
    protected URL findResource(String name) {
        for (ClassRoot root : roots) {
            URL found = root.find(name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        List<URL> found = new ArrayList<>();
        for (ClassRoot root : roots) {
            URL each = root.find(name);
            if (each != null) {
                found.add(each);
            }
        }
        return Collections.enumeration(found);
    }
}
