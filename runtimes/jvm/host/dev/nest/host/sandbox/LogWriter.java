package dev.nest.host.sandbox;

import dev.nest.host.isolation.OutputSink;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** One sandbox's log: lines of the form `TIME STREAM TAGS TEXT` (docs/runtime-protocol.md). Waits for a slow reader. */
public final class LogWriter implements OutputSink {
    /** The most bytes of text in one line; a longer one comes in pieces. */
    static final int LIMIT = 16 << 10;
    private final OutputStream out;
    private final Object lock = new Object();
    private long second = -1;
    private String prefix;

    LogWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void line(String stream, String level, String requestId, CharSequence text) {
        print(stream, level, requestId, text, "F");
    }

    /** A part of a line whose rest follows. */
    public void piece(String stream, String level, String requestId, CharSequence text) {
        print(stream, level, requestId, text, "P");
    }

    private void print(String stream, String level, String requestId, CharSequence text, String part) {
        String id = requestId == null ? RequestScope.currentId() : requestId;
        String tail = ":" + level + (id == null ? "" : ":" + id) + " ";
        byte[] bytes = text.toString().replace('\n', ' ').getBytes(StandardCharsets.UTF_8);
        synchronized (lock) {
            String head = time() + " " + stream + " ";
            int from = 0;
            while (bytes.length - from > LIMIT) {
                int end = boundary(bytes, from + LIMIT);
                write(head + "P" + tail, bytes, from, end);
                from = end;
            }
            write(head + part + tail, bytes, from, bytes.length);
        }
    }

    /** The last place at or before `at` where no character is cut. */
    private static int boundary(byte[] bytes, int at) {
        int end = at;
        while (end > at - 4 && (bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return end;
    }

    private void write(String head, byte[] text, int from, int to) {
        byte[] start = head.getBytes(StandardCharsets.UTF_8);
        byte[] line = new byte[start.length + to - from + 1];
        System.arraycopy(start, 0, line, 0, start.length);
        System.arraycopy(text, from, line, start.length, to - from);
        line[line.length - 1] = '\n';
        try {
            out.write(line);
        } catch (IOException error) {
            // Nobody reads it any more.
        }
    }

    private String time() {
        long now = System.currentTimeMillis();
        if (now / 1000 != second) {
            second = now / 1000;
            String text = Instant.ofEpochSecond(second).toString();
            prefix = text.substring(0, text.length() - 1) + ".";
        }
        return prefix + String.valueOf(1000 + now % 1000).substring(1) + "Z";
    }

    void close() {
        synchronized (lock) {
            try {
                out.close();
            } catch (IOException error) {
                // It is of no use any more.
            }
        }
    }
}
