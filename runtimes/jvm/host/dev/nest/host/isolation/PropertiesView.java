package dev.nest.host.isolation;

import java.nio.file.Path;
import java.util.Properties;

/**
 * System properties as a sandbox sees them: the JVM's, without what is about the host's own start, and with its own
 * directories.
 */
final class PropertiesView {
    private PropertiesView() {
    }

    static Properties of(Enclosure.Spec spec) {
        Properties view = new Properties();
        Isolation.hostProperties().forEach((key, value) -> {
            if (key instanceof String name && isPublic(name)) {
                view.put(name, value);
            }
        });
        String work = spec.workDirectory().toString();
        view.put("user.dir", work);
        view.put("user.home", work);
        view.put("java.io.tmpdir", temporary(spec).toString());
        view.put("java.class.path", "");
        return view;
    }

    /** Its own directory for temporary files. */
    static Path temporary(Enclosure.Spec spec) {
        return spec.workDirectory().resolve("tmp");
    }

    private static boolean isPublic(String name) {
        return !name.startsWith("jdk.module.") && !name.startsWith("nest.") && !name.startsWith("sun.java.")
            && !name.startsWith("java.security.manager") && !name.equals("java.library.path");
    }
}
