package dev.nest.host.isolation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;

/**
 * Loads the JDBC drivers that a package names in {@code META-INF/services/java.sql.Driver}: {@code DriverManager} looks
 * once in the life of a JVM, so it would find only the first sandbox's. Runs tenant code: on a thread of the sandbox's.
 */
final class DriverSearch {
    private static final String SERVICES = "META-INF/services/java.sql.Driver";

    private DriverSearch() {
    }

    /** A driver that cannot be loaded is none, as to {@code DriverManager}; the log says why. */
    static void run(Enclosure enclosure) {
        try {
            for (URL each : Collections.list(enclosure.loader().getResources(SERVICES))) {
                load(enclosure, each);
            }
        } catch (IOException unreadable) {
            enclosure.report("warn", "The package's JDBC drivers could not be looked for", unreadable);
        }
    }

    private static void load(Enclosure enclosure, URL services) throws IOException {
        try (var reader = new BufferedReader(new InputStreamReader(services.openStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String name = line.replaceFirst("#.*", "").trim();
                if (!name.isEmpty()) {
                    load(enclosure, name);
                }
            }
        }
    }

    private static void load(Enclosure enclosure, String name) {
        try {
            Class.forName(name, true, enclosure.loader());
        } catch (ThreadDeath stopped) {
            throw stopped;
        } catch (Throwable error) {
            enclosure.report("warn", "The JDBC driver " + name + " could not be loaded", error);
        }
    }
}
