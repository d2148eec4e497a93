package dev.nest.host.isolation;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.jar.Manifest;

/** One place where classes and resources are found: a directory or a jar. Safe for use by several threads. */
interface ClassRoot extends Closeable {
    /** Opens an entry; null where there is none. */
    InputStream open(String name) throws IOException;

    /** The address of an entry; null where there is none. */
    URL find(String name);

    /** The names of its classes, as they are loaded; some may be none. */
    List<String> classNames() throws IOException;

    /** The jar's manifest; null for none. */
    Manifest manifest() throws IOException;

    /** What its classes may do, with the place that they came from. */
    ProtectionDomain domain();
}
