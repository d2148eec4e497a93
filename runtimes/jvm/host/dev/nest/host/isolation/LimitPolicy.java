package dev.nest.host.isolation;

/**
 * What to do about a sandbox that uses more than its limits: first it is refused new requests, then what it runs is
 * interrupted, then it is ended. Pure: a state and what one look showed in, the next state out.
 *
 * <p>CPU and allocation are averaged over some {@value #WINDOW_SECONDS} seconds (an exponential average), so that a
 * burst costs nothing. A sandbox that comes below {@value #RELIEF} of its limit is served again.
 */
final class LimitPolicy {
    /** The mean age of what the average counts. */
    static final int WINDOW_SECONDS = 10;
    /** How long after it is interrupted it is ended, as a share of the time for which it is only refused. */
    static final double LAST = 0.5;
    /** The share of a limit below which it is over. */
    static final double RELIEF = 0.8;

    /** What a sandbox is to bear. */
    enum Stage {
        SERVED, REFUSED, INTERRUPTED, ENDED
    }

    /** Which limit. */
    enum Limit {
        CPU("CPULimitExceeded"), THREADS("ThreadLimitExceeded"), ALLOCATION("MemoryLimitExceeded");

        /** The reason that its sandbox's end is reported with. */
        final String reason;

        Limit(String reason) {
            this.reason = reason;
        }
    }

    /**
     * Between two looks.
     *
     * @param cores CPU time over wall time, averaged
     * @param rate bytes allocated in a second, averaged
     * @param over the limit that is exceeded; null for none
     * @param overSeconds since when
     */
    record State(double cores, double rate, Limit over, double overSeconds, Stage stage) {
        static final State FIRST = new State(0, 0, null, 0, Stage.SERVED);
    }

    /**
     * What one look showed, since the one before.
     *
     * @param seconds between the two
     */
    record Seen(double seconds, long cpuNanos, long allocatedBytes, int threads) {
    }

    private LimitPolicy() {
    }

    static State next(State state, Seen seen, Limits limits, Settings settings) {
        if (seen.seconds <= 0) {
            return state;
        }
        double weight = 1 - Math.exp(-seen.seconds / WINDOW_SECONDS);
        double cores = state.cores + (seen.cpuNanos / 1e9 / seen.seconds - state.cores) * weight;
        double rate = state.rate + (seen.allocatedBytes / seen.seconds - state.rate) * weight;
        double relief = state.over == null ? 1 : RELIEF;
        Limit over = over(cores, rate, seen.threads, limits, settings.allocationRate(), relief);
        if (over == null) {
            return new State(cores, rate, null, 0, Stage.SERVED);
        }
        double since = state.over == over ? state.overSeconds + seen.seconds : 0;
        double patience = settings.patienceSeconds();
        Stage stage = since >= patience * (1 + LAST) ? Stage.ENDED : since >= patience ? Stage.INTERRUPTED
            : Stage.REFUSED;
        return new State(cores, rate, over, since, stage);
    }

    private static Limit over(double cores, double rate, int threads, Limits limits, long allocationRate,
        double relief) {
        if (threads > limits.threads()) {
            return Limit.THREADS;
        }
        if (limits.cpuMillis() > 0 && cores > limits.cpuMillis() / 1000.0 * relief) {
            return Limit.CPU;
        }
        return rate > allocationRate * relief ? Limit.ALLOCATION : null;
    }

    /** The state in words, for whoever wrote the function. */
    static String message(State state, Limits limits, long allocationRate, int threads) {
        return switch (state.over) {
            case CPU -> "it uses " + Math.round(state.cores * 1000) + "m of CPU, averaged over " + WINDOW_SECONDS
                + " s; its limit is "
                + limits.cpuMillis() + "m";
            case THREADS -> "it has " + threads + " live threads; its limit is " + limits.threads();
            case ALLOCATION -> "it allocates " + mebibytes((long) state.rate) + " in a second, averaged over "
                + WINDOW_SECONDS
                + " s; the limit is " + mebibytes(allocationRate);
        };
    }

    static String mebibytes(long bytes) {
        return Math.round(bytes / 1048576.0) + " MiB";
    }
}
