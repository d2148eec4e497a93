package dev.nest.host.isolation;

/**
 * What a sandbox may use. 0 means that there is no limit, save for threads, which are always bounded.
 *
 * @param cpuMillis thousandths of one core, averaged over a window (see {@link LimitPolicy})
 * @param memoryBytes what it says that it needs: counted when it is asked whether one more fits
 * @param threads live threads, those that serve requests included
 */
public record Limits(long cpuMillis, long memoryBytes, int threads) {
    /** Live threads of a sandbox that does not say how many. */
    public static final int DEFAULT_THREADS = 64;

    public Limits {
        cpuMillis = Math.max(0, cpuMillis);
        memoryBytes = Math.max(0, memoryBytes);
        threads = threads <= 0 ? DEFAULT_THREADS : threads;
    }

    /** No limit but that of threads. */
    public static Limits none() {
        return new Limits(0, 0, 0);
    }
}
