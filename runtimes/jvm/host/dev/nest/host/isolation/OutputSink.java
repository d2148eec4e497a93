package dev.nest.host.isolation;

/**
 * Where a sandbox's output goes, a line at a time. Called on the thread that printed, several at once; may block that
 * thread only.
 */
@FunctionalInterface
public interface OutputSink {
    /**
     * Takes one line.
     *
     * @param stream {@code stdout} or {@code stderr}
     * @param level {@code debug}, {@code info}, {@code warn} or {@code error}
     * @param requestId the request that it belongs to; null: that of the calling thread, if it has one
     * @param text the line without its line break
     */
    void line(String stream, String level, String requestId, CharSequence text);

    /** Takes a part of a line whose rest follows; as {@link #line} takes a whole one, or the last part. */
    default void piece(String stream, String level, String requestId, CharSequence text) {
        line(stream, level, requestId, text);
    }
}
