package dev.nest.host.channel;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts what is read into lines, and gives each the descriptors that came with it.
 *
 * <p>The kernel never reads on beyond the bytes that descriptors came with, and these begin a line: so they belong to
 * the last line that has begun when a read ends.
 */
final class Framing {
    /** One line, without its end, and its descriptors. */
    record Line(byte[] bytes, int[] descriptors) {}

    private record Attached(long start, int[] descriptors) {}

    private static final int[] NONE = {};
    private final int limit;
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private final Deque<Attached> attached = new ArrayDeque<>();
    private final List<Integer> unclaimed = new ArrayList<>();
    private long consumed;
    private long start;

    Framing(int limit) {
        this.limit = limit;
    }

    /** @throws IllegalStateException for a line that is too long */
    List<Line> feed(byte[] bytes, int[] descriptors) {
        int last = lastStart(bytes);
        if (descriptors.length > 0) {
            attached.add(new Attached(last < 0 ? start : consumed + last, descriptors));
        }
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                partial.write(bytes, from, at - from);
                lines.add(new Line(partial.toByteArray(), claim()));
                partial.reset();
                from = at + 1;
                start = consumed + from;
            }
        }
        partial.write(bytes, from, bytes.length - from);
        consumed += bytes.length;
        if (partial.size() > limit) {
            throw new IllegalStateException("A line on the channel has more than " + limit + " bytes.");
        }
        return lines;
    }

    /** Descriptors that came with no line of their own; the caller closes them. */
    List<Integer> takeUnclaimed() {
        List<Integer> all = List.copyOf(unclaimed);
        unclaimed.clear();
        return all;
    }

    /** Where in `bytes` the line begins that is last begun in them; -1 where it is the one that had begun before. */
    private static int lastStart(byte[] bytes) {
        for (int at = bytes.length - 2; at >= 0; at--) {
            if (bytes[at] == '\n') {
                return at + 1;
            }
        }
        return -1;
    }

    private int[] claim() {
        int[] found = NONE;
        while (!attached.isEmpty() && attached.peek().start() <= start) {
            Attached one = attached.poll();
            if (one.start() == start && found.length == 0) {
                found = one.descriptors();
            } else {
                for (int descriptor : one.descriptors()) {
                    unclaimed.add(descriptor);
                }
            }
        }
        return found;
    }
}
