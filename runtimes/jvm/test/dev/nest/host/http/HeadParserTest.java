package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeadParserTest {
    private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\n";

    private static Head parse(String text) throws Problem {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return new HeadParser().parse(bytes, 0, bytes.length);
    }

    private static Arguments row(String name, int status, String text) {
        return Arguments.of(name, status, text);
    }

    static Stream<Arguments> attacks() {
        return Stream.of(
            row("length and coding", 400, POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
            row("coding and length", 400, POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
            row("two lengths", 400, POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
            row("the same length twice", 400, POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
            row("a list of lengths", 400, POST + "Content-Length: 5, 5\r\n\r\n"),
            row("a length with a sign", 400, POST + "Content-Length: +5\r\n\r\n"),
            row("a negative length", 400, POST + "Content-Length: -1\r\n\r\n"),
            row("a length with an underscore", 400, POST + "Content-Length: 1_0\r\n\r\n"),
            row("a hexadecimal length", 400, POST + "Content-Length: 0x5\r\n\r\n"),
            row("an empty length", 400, POST + "Content-Length:\r\n\r\n"),
            row("a length that overflows", 400, POST + "Content-Length: 18446744073709551617\r\n\r\n"),
            row("a length with a space inside", 400, POST + "Content-Length: 1 0\r\n\r\n"),
            row("digits of another script", 400, POST + "Content-Length: \u00b2\r\n\r\n"),
            row("another coding", 400, POST + "Transfer-Encoding: gzip\r\n\r\n"),
            row("two codings", 400, POST + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
            row("chunked twice", 400, POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
            row("chunked with something behind", 400, POST + "Transfer-Encoding: chunked;a\r\n\r\n"),
            row("chunked in quotes", 400, POST + "Transfer-Encoding: \"chunked\"\r\n\r\n"),
            row("chunked with a vertical tab", 400, POST + "Transfer-Encoding: \u000bchunked\r\n\r\n"),
            row("an empty coding", 400, POST + "Transfer-Encoding:\r\n\r\n"),
            row("identity", 400, POST + "Transfer-Encoding: identity\r\n\r\n"),
            row("chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            row("a bare line feed", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
            row("a bare line feed after a field", 400, "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
            row("a bare carriage return", 400, "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
            row("a carriage return twice", 400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
            row("a space before the colon", 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
            row("a tab before the colon", 400, POST + "Content-Length\t: 5\r\n\r\n"),
            row("a field without a colon", 400, POST + "Content-Length\r\n\r\n"),
            row("a field without a name", 400, POST + ": 5\r\n\r\n"),
            row("a field that is continued", 400, POST + "X: a\r\n b\r\n\r\n"),
            row("a first field that is indented", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
            row("a continued length", 400, POST + "Content-Length:\r\n 5\r\n\r\n"),
            row("a null", 400, POST + "X: a\u0000b\r\n\r\n"),
            row("a control character", 400, POST + "X: a\u0007b\r\n\r\n"),
            row("a name that is no word", 400, POST + "X(y): b\r\n\r\n"),
            row("a name with letters of others", 400, POST + "Content-L\u00e9ngth: 5\r\n\r\n"),
            row("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
            row("two hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            row("the same host twice", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
            row("a list of hosts", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
            row("a host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
            row("a host with a user", 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
            row("HTTP/0.9", 400, "GET /\r\n\r\n"),
            row("another version", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
            row("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
            row("a version in small letters", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
            row("a version with more digits", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
            row("two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a tab in the line", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a space in the target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("letters of others in the target", 400, "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a fragment", 400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a target without a slash", 400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a star that is no OPTIONS", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("another scheme", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("CONNECT", 501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
            row("a method that is no word", 400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("a space before the method", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("nothing but lines", 400, "\r\n\r\n\r\n"),
            row("TLS", 400, "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n"),
            row("another expectation", 417, POST + "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n"),
            row("too many fields", 431, POST + "X: y\r\n".repeat(HeadParser.FIELDS) + "\r\n"),
            row("too large a field", 431, POST + "X: " + "y".repeat(HeadParser.LIMIT) + "\r\n\r\n"),
            row("too large without an end", 431, POST + "X: " + "y".repeat(HeadParser.LIMIT)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void refuses(String name, int status, String text) {
        Problem problem = assertThrows(Problem.class, () -> assertNotNull(parse(text), "it waits for more"));
        assertEquals(status, problem.status(), problem.getMessage());
    }

    static Stream<Arguments> requests() {
        return Stream.of(
            row("a plain one", 0, "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("an empty line before", 0, "\r\nGET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("an absolute target", 0, "GET http://x:80/a?b=c HTTP/1.1\r\nHost: a\r\n\r\n"),
            row("names in any case, values trimmed", 0, "GET /a?b=c HTTP/1.1\r\nhOsT:  \t a \t\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void reads(String name, int ignored, String text) throws Problem {
        Head head = parse(text);
        assertEquals("GET /a b=c a 0 true", head.method() + " " + head.path() + " " + head.query() + " "
            + head.headers().get("host") + " "
            + head.length() + " " + head.isKeptAlive());
    }

    @Test
    void waitsForTheEndAndLooksAtEachByteOnce() throws Problem {
        byte[] bytes = ("\r\n" + POST + "Content-Length: 5\r\n\r\nhello").getBytes(StandardCharsets.US_ASCII);
        HeadParser parser = new HeadParser();
        for (int to = 0; to < bytes.length - 5; to++) {
            assertNull(parser.parse(bytes, 0, to), "after " + to + " bytes");
        }
        assertEquals(5, parser.parse(bytes, 0, bytes.length - 5).length());
        assertEquals(bytes.length - 5, parser.length());
    }

    @Test
    void knowsWhatFollows() throws Problem {
        assertEquals(-1, parse(POST + "Transfer-Encoding: Chunked\r\n\r\n").length());
        assertEquals(false, parse(POST + "Connection: Keep-Alive, Close\r\n\r\n").isKeptAlive());
        assertEquals(false, parse("GET / HTTP/1.0\r\n\r\n").isKeptAlive());
        assertEquals(true, parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").isKeptAlive());
        assertEquals(true, parse(POST + "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n").expectsContinue());
        assertEquals(false, parse(POST + "Expect: 100-continue\r\n\r\n").expectsContinue());
        assertEquals("*", parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target());
        assertEquals("/?b", parse("GET HTTP://x?b HTTP/1.1\r\nHost: a\r\n\r\n").target());
    }
}
