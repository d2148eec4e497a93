package dev.nest.host.http;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Reads one head that is whole and has lines that end in CRLF. */
final class HeadReader {
    private static final Pattern VERSION = Pattern.compile("HTTP/\\d\\.\\d");
    private final byte[] bytes;
    private final int end;
    private int at;
    private String method;
    private String target;
    private boolean isVersion10;
    private final Headers headers = new Headers();

    HeadReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    Head read() throws Problem {
        requestLine();
        while (bytes[at] != '\r') {
            field();
        }
        host();
        long length = length();
        return new Head(method, target, isVersion10, headers, length, isKeptAlive(), expectsContinue(length));
    }

    private void requestLine() throws Problem {
        int lineEnd = lineEnd();
        int first = find(' ', at, lineEnd);
        int second = first < 0 ? -1 : find(' ', first + 1, lineEnd);
        if (second < 0 || find(' ', second + 1, lineEnd) >= 0) {
            throw bad("The request line is not of the form METHOD TARGET HTTP/1.1.");
        }
        if (!HeadParser.isToken(bytes, at, first) || first - at > 32) {
            throw bad("The method is not a word.");
        }
        method = text(at, first);
        version(text(second + 1, lineEnd));
        target = target(text(first + 1, second));
        at = lineEnd + 2;
    }

    private void version(String version) throws Problem {
        isVersion10 = version.equals("HTTP/1.0");
        if (isVersion10 || version.equals("HTTP/1.1")) {
            return;
        }
        if (VERSION.matcher(version).matches()) {
            throw new Problem(505, "The version is " + version + "; HTTP/1.1 is spoken here.");
        }
        throw bad("The request line does not end in HTTP/1.1.");
    }

    private String target(String given) throws Problem {
        for (int i = 0; i < given.length(); i++) {
            if (given.charAt(i) <= ' ' || given.charAt(i) >= 0x7f || given.charAt(i) == '#') {
                throw bad("The target of the request has a character that has to be percent-encoded.");
            }
        }
        if (given.startsWith("/") || given.equals("*") && method.equals("OPTIONS")) {
            return given;
        }
        if (method.equals("CONNECT")) {
            throw new Problem(501, "CONNECT is not served.");
        }
        String lower = HeadParser.lower(given);
        int authority = lower.startsWith("http://") ? 7 : lower.startsWith("https://") ? 8 : -1;
        if (authority < 0 || given.length() == authority) {
            throw bad("The target of the request does not begin with '/'.");
        }
        String rest = given.substring(authority);
        int path = rest.indexOf('/');
        int query = rest.indexOf('?');
        if (query >= 0 && (path < 0 || query < path)) {
            return "/" + rest.substring(query);
        }
        return path < 0 ? "/" : rest.substring(path);
    }

    private void field() throws Problem {
        if (headers.size() == HeadParser.FIELDS) {
            throw new Problem(431, "The request has more than " + HeadParser.FIELDS + " header fields.");
        }
        int lineEnd = lineEnd();
        int colon = find(':', at, lineEnd);
        if (colon < 0 || !HeadParser.isToken(bytes, at, colon)) {
            boolean isFolded = bytes[at] == ' ' || bytes[at] == '\t';
            throw bad(isFolded ? "A header field is continued on a second line." : "A header field has no valid name.");
        }
        int from = colon + 1;
        int to = lineEnd;
        while (from < to && isBlank(bytes[from])) {
            from++;
        }
        while (to > from && isBlank(bytes[to - 1])) {
            to--;
        }
        headers.add(HeadParser.lower(text(at, colon)), text(from, to));
        at = lineEnd + 2;
    }

    private void host() throws Problem {
        int hosts = headers.count("host");
        if (hosts > 1) {
            throw bad("The request has more than one Host.");
        }
        if (hosts == 0 && !isVersion10) {
            throw bad("The request has no Host.");
        }
        String host = headers.get("host");
        if (host != null && !isHost(host)) {
            throw bad("The Host is not one name.");
        }
    }

    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char one = host.charAt(i);
            boolean isPlain = one >= 'a' && one <= 'z' || one >= 'A' && one <= 'Z' || one >= '0' && one <= '9';
            if (!isPlain && "._~!$&'()*+;=:[]%-".indexOf(one) < 0) {
                return false;
            }
        }
        return true;
    }

    private long length() throws Problem {
        int lengths = headers.count("content-length");
        int codings = headers.count("transfer-encoding");
        if (lengths > 1) {
            throw bad("The request has more than one Content-Length.");
        }
        if (codings == 0) {
            return lengths == 0 ? 0 : number(headers.get("content-length"));
        }
        if (lengths > 0) {
            throw bad("The request has both Content-Length and Transfer-Encoding.");
        }
        if (codings > 1 || isVersion10 || !headers.get("transfer-encoding").equalsIgnoreCase("chunked")) {
            throw bad("Of Transfer-Encoding only 'chunked' is understood, once, in HTTP/1.1.");
        }
        return -1;
    }

    private static long number(String digits) throws Problem {
        boolean isWhole = !digits.isEmpty() && digits.length() <= 18;
        for (int i = 0; i < digits.length() && isWhole; i++) {
            isWhole = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
        }
        if (!isWhole) {
            throw bad("The Content-Length is no whole number, or too large.");
        }
        return Long.parseLong(digits);
    }

    private boolean isKeptAlive() {
        boolean kept = !isVersion10;
        for (int i = 0; i < headers.size(); i++) {
            if (headers.name(i).equals("connection")) {
                String[] options = HeadParser.lower(headers.value(i)).split("[ \t]*,[ \t]*");
                for (String option : options) {
                    if (option.equals("close")) {
                        return false;
                    }
                    kept |= option.equals("keep-alive");
                }
            }
        }
        return kept;
    }

    private boolean expectsContinue(long length) throws Problem {
        String expected = headers.get("expect");
        if (expected == null || isVersion10) {
            return false;
        }
        if (!expected.equalsIgnoreCase("100-continue")) {
            throw new Problem(417, "Of Expect only '100-continue' is understood.");
        }
        return length != 0;
    }

    private int lineEnd() {
        int lineEnd = at;
        while (bytes[lineEnd] != '\r') {
            lineEnd++;
        }
        return Math.min(lineEnd, end);
    }

    private int find(char wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(byte one) {
        return one == ' ' || one == '\t';
    }

    private static Problem bad(String detail) {
        return new Problem(400, detail);
    }
}
