package dev.nest.host.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads the heads of requests (RFC 9112), strictly: what two servers could read in two ways is refused. */
final class HeadParser {
    /** The largest head. */
    static final int LIMIT = 64 << 10;
    /** The most fields. */
    static final int FIELDS = 200;
    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '0'; c < 'z' + 1; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private int scanned;
    private boolean isAfterReturn;
    private int lineLength;
    private int length;

    /** How many bytes the head had that `parse` has returned. */
    int length() {
        return length;
    }

    /** Forgets what it has seen of a head. */
    void reset() {
        scanned = 0;
        lineLength = 0;
        isAfterReturn = false;
    }

    /**
     * Reads the head that begins at `from`; null when it is not yet whole. Until then it has to be given again, with
     * more.
     *
     * @throws Problem 400, 417, 431, 501 or 505; the connection is of no use after it
     */
    Head parse(byte[] bytes, int from, int to) throws Problem {
        if (to - from < 2) {
            return null;
        }
        int begin = from + blank(bytes, from);
        int end = findEnd(bytes, begin, to);
        if (end < 0) {
            if (to - from > LIMIT) {
                throw new Problem(431, "The head of the request is larger than " + (LIMIT >> 10) + " KiB.");
            }
            return null;
        }
        if (end - from > LIMIT) {
            throw new Problem(431, "The head of the request is larger than " + (LIMIT >> 10) + " KiB.");
        }
        length = end - from;
        reset();
        return new HeadReader(bytes, begin, end).read();
    }

    /** One empty line before a request is let go, as RFC 9112 has it (section 2.2). */
    private static int blank(byte[] bytes, int from) {
        return bytes[from] == '\r' && bytes[from + 1] == '\n' ? 2 : 0;
    }

    /** After the empty line that ends the head; -1 when that has not come. Each byte is looked at once. */
    private int findEnd(byte[] bytes, int from, int to) throws Problem {
        for (int at = from + scanned; at < to; at++) {
            byte next = bytes[at];
            if (isAfterReturn) {
                if (next != '\n') {
                    throw new Problem(400, "The head of the request has a carriage return without a line feed.");
                }
                isAfterReturn = false;
                if (lineLength == 0) {
                    return at + 1;
                }
                lineLength = 0;
            } else if (next == '\r') {
                isAfterReturn = true;
            } else if (next == '\n') {
                throw new Problem(400, "The head of the request has a line feed without a carriage return.");
            } else if (next >= 0 && next < ' ' && next != '\t' || next == 0x7f) {
                throw new Problem(400, "The head of the request has a control character.");
            } else {
                lineLength++;
            }
        }
        scanned = Math.max(0, to - from);
        return -1;
    }

    static boolean isToken(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] < 0 || !TOKEN[bytes[at]]) {
                return false;
            }
        }
        return to > from;
    }

    /** Whether the text can be a field's name. */
    static boolean isToken(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return isToken(bytes, 0, bytes.length);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
