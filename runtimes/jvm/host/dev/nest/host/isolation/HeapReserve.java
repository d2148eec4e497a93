package dev.nest.host.isolation;

/**
 * A little heap that is kept back while there is enough, and given up when there is none: so that the host can end the
 * sandbox that has filled the heap, which needs some memory itself.
 */
final class HeapReserve {
    private static final int BYTES = 4 << 20;
    private static final double ROOM = 0.7;

    private volatile byte[] kept;

    /** Keeps it, where that leaves the heap well. */
    void keep(long used, long most) {
        if (kept == null && used + BYTES < ROOM * most) {
            kept = new byte[BYTES];
        }
    }

    void giveUp() {
        kept = null;
    }
}
