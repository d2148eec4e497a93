package dev.nest.host.isolation;

import java.util.Properties;

/**
 * The bounds of one JVM, as system properties that begin with {@code nest.}. Shares are of the whole, between 0 and 1.
 *
 * @param leakedShare of Metaspace that leaked sandboxes may hold before the JVM is to be replaced ({@code
 *     nest.leakedShare}, 0.25)
 * @param metaspaceShare of Metaspace that may be committed before it is to be replaced ({@code nest.metaspaceShare},
 *     0.85)
 * @param heapShare of the heap, after a collection, from which the sandbox that allocates most is refused requests
 *     ({@code nest.heapShare}, 0.85)
 * @param heapFullShare from which it is ended ({@code nest.heapFullShare}, 0.92)
 * @param allocationRate bytes in a second that one sandbox may allocate, averaged over some seconds ({@code
 *     nest.allocationRate}, 2 GiB)
 * @param patienceSeconds how long a sandbox over its limits is only refused requests before it is interrupted, and half
 *     as long after that before it is ended ({@code nest.patienceSeconds}, 10)
 * @param verdictSeconds after which a loader that was not collected counts as leaked ({@code nest.verdictSeconds}, 50)
 */
public record Settings(double leakedShare, double metaspaceShare, double heapShare, double heapFullShare,
    long allocationRate,
    long patienceSeconds, long verdictSeconds) {
    private static final long GIB = 1L << 30;

    /** Those that hold where nothing is said. */
    public static final Settings DEFAULT = new Settings(0.25, 0.85, 0.85, 0.92, 2 * GIB, 10, 50);

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException one is no number, or out of its range; the message names it
     */
    public static Settings of(Properties properties) {
        return new Settings(share(properties, "nest.leakedShare", DEFAULT.leakedShare),
            share(properties, "nest.metaspaceShare", DEFAULT.metaspaceShare),
            share(properties, "nest.heapShare", DEFAULT.heapShare),
            share(properties, "nest.heapFullShare", DEFAULT.heapFullShare),
            (long) number(properties, "nest.allocationRate", DEFAULT.allocationRate, 1, Long.MAX_VALUE),
            (long) number(properties, "nest.patienceSeconds", DEFAULT.patienceSeconds, 1, 3600),
            (long) number(properties, "nest.verdictSeconds", DEFAULT.verdictSeconds, 1, 3600));
    }

    private static double share(Properties properties, String name, double fallback) {
        return number(properties, name, fallback, 0, 1);
    }

    private static double number(Properties properties, String name, double fallback, double least, double most) {
        String text = properties.getProperty(name);
        if (text == null) {
            return fallback;
        }
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException wrong) {
            // said below
        }
        throw new IllegalArgumentException("-D" + name + "=" + text + ": a number from " + least + " to " + most
            + " is expected");
    }
}
