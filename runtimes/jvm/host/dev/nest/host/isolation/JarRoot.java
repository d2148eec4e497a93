package dev.nest.host.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipFile;

/**
 * A jar, open until it is closed. Its addresses do not go through the JDK's cache of jar files, which would keep it
 * open.
 */
final class JarRoot implements ClassRoot {
    private static final URLStreamHandler UNCACHED = new URLStreamHandler() {
        @Override
        protected URLConnection openConnection(URL address) throws IOException {
            URLConnection connection = new URL(address.toExternalForm()).openConnection();
            connection.setUseCaches(false);
            return connection;
        }
    };

    private final JarFile jar;
    private final URL base;
    private final ProtectionDomain domain;

    /**
     * Opens a jar.
     *
     * @param shown what messages call it: its path in the package
     */
    JarRoot(Path file, String shown) throws IOException {
        try {
            jar = new JarFile(file.toFile(), false, ZipFile.OPEN_READ, Runtime.version());
        } catch (IOException | RuntimeException error) {
            throw new IOException(shown + " is no jar that can be read: " + error.getMessage(), error);
        }
        URL location = file.toUri().toURL();
        base = new URL(null, "jar:" + location + "!/", UNCACHED);
        domain = TenantPermissions.domain(location);
    }

    @Override
    public InputStream open(String name) throws IOException {
        JarEntry entry = entry(name);
        return entry == null || entry.isDirectory() ? null : jar.getInputStream(entry);
    }

    @Override
    public URL find(String name) {
        JarEntry entry = entry(name);
        if (entry == null) {
            return null;
        }
        try {
            return new URL(base, encode(entry.getRealName()), UNCACHED);
        } catch (MalformedURLException error) {
            return null;
        }
    }

    @Override
    public List<String> classNames() {
        return jar.versionedStream().map(JarEntry::getName).filter(name -> name.endsWith(".class"))
            .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.')).sorted().toList();
    }

    @Override
    public Manifest manifest() throws IOException {
        return jar.getManifest();
    }

    @Override
    public ProtectionDomain domain() {
        return domain;
    }

    @Override
    public void close() throws IOException {
        jar.close();
    }

    private JarEntry entry(String name) {
        try {
            return jar.getJarEntry(name);
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    private static String encode(String name) {
        return name.indexOf('%') < 0 && name.indexOf('#') < 0 && name.indexOf('?') < 0 && name.indexOf(' ') < 0
            ? name : name.replace("%", "%25").replace("#", "%23").replace("?", "%3F").replace(" ", "%20");
    }
}
