package dev.nest.host.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The status and fields of an answer, and how its body is framed. */
final class AnswerHead {
    private static final Set<String> OURS = Set.of("transfer-encoding", "connection", "keep-alive", "date");
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final DateTimeFormatter DATES =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private record Today(long second, String text) {}

    private static volatile Today today = new Today(0, "");

    int status = 200;
    private final List<String> fields = new ArrayList<>(8);
    private long declared = -1;
    private boolean isChunked;
    private boolean isKeptAlive;
    private boolean asksToClose;
    private String text;

    long declared() {
        return declared;
    }

    boolean isKeptAlive() {
        return isKeptAlive;
    }

    boolean hasBody() {
        return Status.hasBody(status);
    }

    void set(String name, String value) {
        check(name, value);
        for (int i = fields.size() - 2; i >= 0; i -= 2) {
            if (fields.get(i).equalsIgnoreCase(name)) {
                fields.remove(i + 1);
                fields.remove(i);
            }
        }
        if (name.equalsIgnoreCase("content-length")) {
            declared = -1;
        }
        if (value != null) {
            add(name, value);
        }
    }

    void add(String name, String value) {
        check(name, value);
        String lower = HeadParser.lower(name);
        if (lower.equals("content-length")) {
            declared = length(value);
        } else if (lower.equals("connection") && value.equalsIgnoreCase("close")) {
            asksToClose = true;
        } else if (!OURS.contains(lower)) {
            fields.add(name);
            fields.add(value);
        }
    }

    String get(String name) {
        for (int i = 0; i < fields.size(); i += 2) {
            if (fields.get(i).equalsIgnoreCase(name)) {
                return fields.get(i + 1);
            }
        }
        return null;
    }

    void become(Problem problem) {
        status = problem.status();
        fields.clear();
        declared = -1;
        if (problem.isTemporary()) {
            add("Retry-After", "1");
        }
        add("Content-Type", Problem.TYPE);
    }

    /** Decides how the body is framed. @param length of the whole body; -1 when that is not known */
    void begin(Exchange exchange, long length) {
        long known = declared >= 0 ? declared : length;
        boolean isOpen = Status.hasBody(status) && known < 0;
        boolean isVersion10 = exchange.head().isVersion10();
        isChunked = isOpen && !isVersion10;
        // Without chunks the end of the connection is that of the answer.
        isKeptAlive = exchange.mayKeepAlive() && !asksToClose && isChunked == isOpen;
        StringBuilder out = new StringBuilder(192).append("HTTP/1.1 ").append(status).append(' ')
            .append(Status.phrase(status)).append("\r\n");
        for (int i = 0; i < fields.size(); i += 2) {
            out.append(fields.get(i)).append(": ").append(fields.get(i + 1)).append("\r\n");
        }
        out.append("Date: ").append(date()).append("\r\n");
        if (!isKeptAlive || isVersion10) {
            out.append("Connection: ").append(isKeptAlive ? "keep-alive" : "close").append("\r\n");
        }
        if (isChunked) {
            out.append("Transfer-Encoding: chunked\r\n");
        } else if (!isOpen && Status.hasBody(status)) {
            out.append("Content-Length: ").append(known).append("\r\n");
        }
        text = out.append("\r\n").toString();
    }

    /** The next bytes on the wire, of the first `count` of `body`. */
    ByteBuffer frame(boolean isFirst, boolean isLast, byte[] body, int count, boolean isHead) {
        byte[] top = isFirst ? text.getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
        boolean isBare = isHead || !Status.hasBody(status);
        int length = isBare ? 0 : count;
        byte[] size = isChunked && length > 0 ? (Integer.toHexString(length) + "\r\n")
            .getBytes(StandardCharsets.US_ASCII)
            : new byte[0];
        boolean isEnding = isLast && isChunked && !isBare;
        ByteBuffer out = ByteBuffer.allocate(top.length + size.length + length + (size.length > 0 ? 2 : 0)
            + (isEnding ? LAST_CHUNK.length : 0));
        out.put(top).put(size).put(body, 0, length);
        if (size.length > 0) {
            out.put((byte) '\r').put((byte) '\n');
        }
        if (isEnding) {
            out.put(LAST_CHUNK);
        }
        return out.flip();
    }

    private static void check(String name, String value) {
        if (!HeadParser.isToken(name)) {
            throw new IllegalArgumentException("Header name '" + name + "' is not valid.");
        }
        for (int i = 0; value != null && i < value.length(); i++) {
            char one = value.charAt(i);
            if (one < ' ' && one != '\t' || one == 0x7f || one > 0xff) {
                throw new IllegalArgumentException("The value of header '" + name
                    + "' has a character that is not allowed.");
            }
        }
    }

    private static long length(String value) {
        if (!value.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("The Content-Length '" + value + "' is no whole number.");
        }
        return Long.parseLong(value);
    }

    private static String date() {
        long second = System.currentTimeMillis() / 1000;
        Today known = today;
        if (known.second() != second) {
            known = new Today(second, DATES.format(Instant.ofEpochSecond(second)));
            today = known;
        }
        return known.text();
    }
}
