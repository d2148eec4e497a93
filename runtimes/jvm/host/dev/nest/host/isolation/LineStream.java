package dev.nest.host.isolation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts what a sandbox prints into lines, and one that is longer than a line may be into pieces. What one call prints
 * stays together. Passes on outside of its lock, so that a thread which waits for the log holds up only what it prints
 * itself.
 */
final class LineStream {
    private static final int MOST = 16 * 1024;
    private static final int AT_ONCE = 64 * 1024;
    private static final int FIRST = 128;

    private record Part(String text, boolean isWhole) {
    }

    private final String stream;
    private final String level;
    private final OutputSink sink;
    private byte[] line = new byte[FIRST];
    private int length;

    LineStream(String stream, String level, OutputSink sink) {
        this.stream = stream;
        this.level = level;
        this.sink = sink;
    }

    void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    void write(byte[] bytes, int offset, int count) {
        for (int done = 0; done < count; done += AT_ONCE) {
            pass(cut(bytes, offset + done, Math.min(AT_ONCE, count - done)));
        }
    }

    /** Passes on what has no line break. */
    void finish() {
        List<Part> rest = new ArrayList<>();
        synchronized (this) {
            if (length > 0) {
                rest.add(take(true));
            }
        }
        pass(rest);
    }

    private synchronized List<Part> cut(byte[] bytes, int offset, int count) {
        List<Part> parts = new ArrayList<>(2);
        for (int index = offset; index < offset + count; index++) {
            byte each = bytes[index];
            if (each == '\n') {
                parts.add(take(true));
            } else {
                if (length + bytesOfCharacter(each) > MOST) {
                    parts.add(take(false));
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, length * 2);
                }
                line[length++] = each;
            }
        }
        return parts;
    }

    /** How many bytes the character has that begins here; 1 where none does. */
    private static int bytesOfCharacter(byte each) {
        int lead = each & 0xFF;
        return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    }

    private Part take(boolean isWhole) {
        int end = isWhole && length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        String text = new String(line, 0, end, StandardCharsets.UTF_8);
        length = 0;
        if (line.length > 8 * FIRST) {
            line = new byte[FIRST];
        }
        return new Part(text, isWhole);
    }

    private void pass(List<Part> parts) {
        for (Part each : parts) {
            if (each.isWhole) {
                sink.line(stream, level, null, each.text);
            } else {
                sink.piece(stream, level, null, each.text);
            }
        }
    }
}
