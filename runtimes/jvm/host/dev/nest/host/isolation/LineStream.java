package dev.nest.host.isolation;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Cuts what is printed into lines, and one that is longer than a line may be into pieces. */
final class LineStream extends OutputStream {
    private static final int MOST = 16 * 1024;
    private static final int FIRST = 128;

    private final String stream;
    private final String level;
    private final OutputSink sink;
    private byte[] line = new byte[FIRST];
    private int length;

    private LineStream(String stream, String level, OutputSink sink) {
        this.stream = stream;
        this.level = level;
        this.sink = sink;
    }

    static PrintStream printing(String stream, String level, OutputSink sink) {
        return new PrintStream(new LineStream(stream, level, sink), false, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        for (int index = offset; index < offset + count; index++) {
            byte each = bytes[index];
            if (each == '\n') {
                pass(take(false));
            } else {
                append(each);
                if (length >= MOST && bytesAreWhole()) {
                    sink.piece(stream, level, null, take(true));
                }
            }
        }
    }

    /** Passes on what has no line break. */
    @Override
    public void close() {
        String rest = take(false);
        if (!rest.isEmpty()) {
            pass(rest);
        }
    }

    private synchronized void append(byte each) {
        if (length == line.length) {
            line = Arrays.copyOf(line, length * 2);
        }
        line[length++] = each;
    }

    /** Whether the next byte could begin a character: the last one has as many bytes as it says, or the line is far too long. */
    private synchronized boolean bytesAreWhole() {
        int back = 1;
        while (back < 4 && (line[length - back] & 0xC0) == 0x80) {
            back++;
        }
        int lead = line[length - back] & 0xFF;
        int needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        return back >= needed || length >= MOST + 8;
    }

    private synchronized String take(boolean more) {
        int end = !more && length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        String text = new String(line, 0, end, StandardCharsets.UTF_8);
        length = 0;
        if (line.length > 8 * FIRST) {
            line = new byte[FIRST];
        }
        return text;
    }

    private void pass(String text) {
        sink.line(stream, level, null, text);
    }
}
