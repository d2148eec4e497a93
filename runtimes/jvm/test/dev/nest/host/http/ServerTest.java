package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over the wire. */
@Timeout(30)
class ServerTest {
    private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";
    private static final String LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private Served served;
    private Client client;

    private static final Map<String, Served.Body> BODIES = Map.of(
        "/echo", (exchange) -> {
            byte[] body = exchange.body().readAllBytes();
            exchange.answer().write(body, 0, body.length);
        },
        "/stream", (exchange) -> {
            for (String part : List.of("a", "bc", "def")) {
                exchange.answer().write(part.getBytes(StandardCharsets.UTF_8), 0, part.length());
                exchange.answer().flush();
            }
        },
        "/large", (exchange) -> {
            byte[] part = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 50; i++) {
                exchange.answer().write(part, 0, part.length);
            }
        },
        "/none", (exchange) -> exchange.answer().status(204),
        "/ignores", (exchange) -> exchange.answer().write(new byte[] {'i'}, 0, 1),
        "/throws", (exchange) -> {
            throw new StackOverflowError();
        },
        "/breaks", (exchange) -> {
            exchange.answer().write(new byte[] {'b'}, 0, 1);
            exchange.answer().flush();
            throw new IllegalStateException();
        },
        "/long", (exchange) -> {
            exchange.answer().header("Content-Length", "3");
            exchange.answer().write("abcd".getBytes(StandardCharsets.UTF_8), 0, 4);
        },
        "/short", (exchange) -> {
            exchange.answer().header("Content-Length", "3");
            exchange.answer().write("ab".getBytes(StandardCharsets.UTF_8), 0, 2);
        },
        "/fields", (exchange) -> {
            exchange.answer().header("X-A", "1");
            exchange.answer().header("x-a", "2");
            exchange.answer().addHeader("Set-Cookie", "a=1");
            exchange.answer().addHeader("Set-Cookie", "b=2");
            exchange.answer().header("Transfer-Encoding", "gzip");
            assertThrows(IllegalArgumentException.class, () -> exchange.answer().header("X-B", "1\r\nX-C: 2"));
            assertThrows(IllegalArgumentException.class, () -> exchange.answer().header("X B", "1"));
            assertThrows(IllegalArgumentException.class, () -> exchange.answer().status(101));
        });

    @BeforeEach
    void serve() throws IOException {
        served = new Served((exchange) -> {
            Served.Body body = BODIES.get(exchange.head().path());
            if (body != null) {
                body.serve(exchange);
                return;
            }
            byte[] answer = (exchange.head().method() + " " + exchange.head().target())
                .getBytes(StandardCharsets.UTF_8);
            exchange.answer().write(answer, 0, answer.length);
        });
        client = served.connect();
    }

    @AfterEach
    void end() throws IOException {
        client.close();
        served.close();
    }

    @Test
    void answersOneAfterTheOtherOnOneConnection() throws IOException {
        for (int i = 0; i < 100; i++) {
            Client.Response response = client.get("/" + i + "?q");
            assertEquals("GET /" + i + "?q", response.body());
            assertEquals("keep-alive", response.fields().getOrDefault("connection", "keep-alive"));
        }
        served.await((it) -> it.requests() == 100);
    }

    @Test
    void answersWhatWasPipelinedInItsOrder() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            all.append(i % 3 == 0 ? "POST /echo" + HOST + "Content-Length: 4\r\n\r\n" + (1000 + i)
                : i % 3 == 1 ? "POST /echo" + HOST + "Transfer-Encoding: chunked\r\n\r\n4\r\n" + (1000 + i)
                    + "\r\n0\r\n\r\n"
                : "GET /" + (1000 + i) + HOST + "\r\n");
        }
        client.send(all.toString());
        List<Client.Response> responses = client.receive(300);
        for (int i = 0; i < 300; i++) {
            assertEquals((i % 3 == 2 ? "GET /" : "") + (1000 + i), responses.get(i).body());
        }
    }

    @Test
    void takesWhatComesByteByByte() throws IOException {
        String request = "POST /echo" + HOST + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /next"
            + HOST + "\r\n";
        for (byte one : request.getBytes(StandardCharsets.US_ASCII)) {
            client.send(new byte[] {one});
        }
        assertEquals("hello", client.receive().body());
        assertEquals("GET /next", client.receive().body());
    }

    @Test
    void framesByWhatIsKnown() throws IOException {
        Client.Response whole = client.get("/x");
        assertEquals("6", whole.field("content-length"));
        assertTrue(whole.field("date").matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"),
            whole.field("date"));
        Client.Response stream = client.get("/stream");
        assertEquals("chunked abcdef", stream.field("transfer-encoding") + " " + stream.body());
        Client.Response none = client.get("/none");
        assertNull(none.field("content-length"));
        assertNull(none.field("transfer-encoding"));
        assertEquals(5_000_000, client.get("/large").body().length());
    }

    @Test
    void headHasTheFieldsAndNoBody() throws IOException {
        for (String path : List.of("/x", "/stream", "/large", "/none", "/short")) {
            client.send("HEAD " + path + HOST + "\r\n");
            Client.Response response = client.receive(false);
            assertEquals(path.equals("/none") ? 204 : 200, response.status());
            assertEquals(path.equals("/x") ? "7" : path.equals("/short") ? "3" : null,
                response.field("content-length"));
        }
        assertEquals("GET /next", client.get("/next").body());
    }

    @Test
    void olderVersionsHearWhatTheyUnderstand() throws IOException {
        client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Client.Response kept = client.receive();
        assertEquals("keep-alive GET /x", kept.field("connection") + " " + kept.body());
        client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Client.Response stream = client.receive();
        assertEquals("close null abcdef", stream.field("connection") + " " + stream.field("transfer-encoding") + " "
            + stream.body());
        assertTrue(client.isAtEnd());
    }

    @Test
    void closesWhenAsked() throws IOException {
        client.send(LAST);
        assertEquals("close", client.receive().field("connection"));
        assertTrue(client.isAtEnd());
    }

    @Test
    void saysContinueOnlyToWhomeverIsHeard() throws IOException {
        client.send("POST /echo" + HOST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        assertEquals("HTTP/1.1 100 Continue", client.line());
        assertEquals("", client.line());
        assertEquals("hello", client.send("hello").receive().body());
        client.send("POST /ignores" + HOST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        Client.Response response = client.receive();
        assertEquals("close i", response.field("connection") + " " + response.body());
        assertTrue(client.isAtEnd());
    }

    @Test
    void letsABodyGoThatNobodyReads() throws IOException {
        byte[] large = new byte[3 << 20];
        client.send("POST /ignores" + HOST + "Content-Length: " + large.length + "\r\n\r\n").send(large);
        assertEquals("i", client.receive().body());
        assertEquals("GET /next", client.get("/next").body());
    }

    @Test
    void carriesLargeBodiesBothWays() throws Exception {
        String large = "0123456789".repeat(300_000);
        Thread sender = new Thread(() -> {
            try {
                client.send("POST /echo" + HOST + "Content-Length: " + large.length() + "\r\n\r\n" + large);
            } catch (IOException error) {
                served.complaints.add(error);
            }
        });
        sender.start();
        assertEquals(large, client.receive().body());
        sender.join();
    }

    @Test
    void errorsAreAnsweredAndBreakWhatHasBegun() throws IOException {
        Client.Response response = client.get("/throws");
        assertEquals(500, response.status());
        assertEquals(Problem.TYPE, response.field("content-type"));
        assertEquals("GET /next", client.get("/next").body());
        assertEquals(500, client.get("/long").status());
        client.send("GET /breaks" + HOST + "\r\n");
        assertThrows(EOFException.class, client::receive);
        served.await((it) -> it.errors() == 3);
        served.await((it) -> it.connections() == 0);
    }

    static Stream<Throwable> errors() {
        return Stream.of(new IllegalStateException(), new IOException(), new StackOverflowError(),
            new OutOfMemoryError(), new AssertionError(),
            new NoClassDefFoundError(), new InterruptedException(), new ThreadDeath(), new Throwable());
    }

    @ParameterizedTest
    @MethodSource("errors")
    void whateverIsThrownIsAnswered(Throwable error) throws IOException {
        try (Served throwing = new Served((exchange) -> {
            throw error;
        }); Client other = throwing.connect()) {
            for (int i = 0; i < 2; i++) {
                assertEquals("500 " + Problem.TYPE, other.get("/").status() + " " + other.get("/")
                    .field("content-type"));
            }
        }
    }

    @Test
    void infiniteRecursionIsAnsweredEveryTime() throws IOException {
        try (Served deep = new Served((exchange) -> exchange.answer()
            .status(deeper(0))); Client other = deep.connect()) {
            for (int i = 0; i < 20; i++) {
                assertEquals(500, other.get("/").status());
            }
        }
    }

    private static int deeper(int depth) {
        return deeper(depth + 1) + 1;
    }

    @Test
    void aShortAnswerIsBrokenOff() throws IOException {
        client.send("GET /short" + HOST + "\r\n");
        assertThrows(EOFException.class, client::receive);
    }

    @Test
    void fieldsAreSetAddedAndChecked() throws IOException {
        Client.Response response = client.get("/fields");
        assertEquals(200, response.status(), response.body());
        assertEquals("2", response.field("x-a"));
        assertEquals("a=1\nb=2", response.field("set-cookie"));
        assertNull(response.field("transfer-encoding"));
        assertNull(response.field("x-c"));
    }

    static Stream<String> attacks() {
        return HeadParserTest.attacks().map((it) -> (String) it.get()[2]);
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void whatIsRefusedEndsTheConnection(String text) throws IOException {
        // What comes behind must never be taken for a request.
        client.send("GET /before" + HOST + "\r\n" + text + LAST);
        assertEquals("GET /before", client.receive().body());
        Client.Response refusal = client.receive();
        assertTrue(refusal.status() >= 400 && refusal.status() != 500, refusal.toString());
        assertEquals("close", refusal.field("connection"));
        assertEquals("", client.rest());
        served.await((it) -> it.requests() == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5\r\nhelloX\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "\r\n"})
    void aBodyInBadChunksIsRefusedInTheHandler(String chunks) throws IOException {
        client.send("POST /echo" + HOST + "Transfer-Encoding: chunked\r\n\r\n" + chunks + LAST);
        assertEquals(400, client.receive().status());
        assertEquals("", client.rest());
    }

    @Test
    void aClientThatIsGoneIsNoError() throws IOException {
        client.send("POST /echo" + HOST + "Content-Length: 5\r\n\r\nhe");
        served.awaitActive(1);
        client.reset();
        served.awaitActive(0);
        served.await((it) -> it.errors() == 0);
        assertFalse(served.server.isDraining());
    }
}
