package dev.nest.host.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nest.host.http.Client;
import dev.nest.host.http.Problem;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Events in, answers out. */
@Timeout(60)
class EventTest {
    private static final String JSON = "Content-Type: application/json\r\n";

    static Stream<Arguments> refused() {
        String large = " ".repeat(7 << 20);
        return Stream.of(
            Arguments.of("Content-Type: text/plain\r\n", "a", 415, "Content-Type is 'text/plain'"),
            Arguments.of("Content-Type: application/x-www-form-urlencoded\r\n", "a=b", 415, "application/json"),
            Arguments.of("Content-Type: application/json; charset=latin1\r\n", "{}", 415, "Charset 'latin1'"),
            Arguments.of(JSON + "Content-Encoding: gzip\r\n", "{}", 415, "Content-Encoding 'gzip'"),
            Arguments.of(JSON, "{\"a\":", 400, "The body is not JSON: "),
            Arguments.of(JSON, "[1]", 400, "The event is an array; an object is expected."),
            Arguments.of(JSON, large, 413, "larger than 6 MiB"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsNoEventIsRefused(String fields, String body, int status, String detail) throws Exception {
        try (Functions functions = new Functions("fixtures.Plain::gives", "event")) {
            Client.Response response = functions.post(body, fields);
            assertEquals(status + " " + Problem.TYPE, response.status() + " " + response.field("content-type"),
                response.body());
            assertTrue(response.body().contains(detail), response.body());
            assertNull(functions.errors.peek());
            // The connection goes on.
            assertEquals(200, functions.post("{\"what\":\"text\"}").status());
        }
    }

    @Test
    void whatDoesNotFitIsNamed() throws Exception {
        String[][] rows = {{"{\"x\":\"1.5\",\"y\":1}", "'x' is a text; a whole number (int) is expected"},
            {"{\"y\":1}", "'x' is null; int is expected"},
            {"{\"x\":1.5,\"y\":1}", "'x' is the number 1.5"}, {"{\"x\":3000000000,\"y\":1}",
                "'x' is the number 3000000000"},
            {"{\"x\":1,\"y\":1,\"rest\":[1,true]}", "'rest[1]' is a boolean"},
                {"{\"x\":1,\"y\":1,\"at\":\"noon\"}", "'at' is a text; a text of type Instant"}};
        try (Functions functions = new Functions("fixtures.Plain::point", "event")) {
            for (String[] row : rows) {
                Client.Response response = functions.post(row[0]);
                assertEquals(400, response.status(), row[0]);
                assertTrue(response.body().contains(row[1]), response.body());
            }
        }
    }

    @Test
    void aRequestWithoutABodyIsTheEvent() throws Exception {
        try (Functions functions = new Functions("fixtures.Plain::main", "event")) {
            functions.client.send("GET /a/b?x=1&y=2&x=3 HTTP/1.1\r\nHost: a\r\nX-Own: v\r\n\r\n");
            assertEquals("{\"got\":{\"method\":\"GET\",\"path\":\"/a/b\",\"query\":{\"x\":[\"1\",\"3\"],\"y\":\"2\"},\"headers\":{\"host\":\"a\",\"x-own\":\"v\"}}}",
                functions.client.receive().body());
        }
    }

    static Stream<Arguments> returned() {
        String text = "text/plain; charset=utf-8";
        String bytes = "application/octet-stream";
        String json = "application/json";
        return Stream.of(Arguments.of("text", 200, text, "text"), Arguments.of("empty", 200, null, ""),
            Arguments.of("number", 200, json, "7"),
            Arguments.of("list", 200, json, "[1,null,\"a\"]"), Arguments.of("optional", 200, text, "there"),
                Arguments.of("later", 200, json, "{\"later\":true}"),
            Arguments.of("stream", 200, bytes, "bytes"), Arguments.of("lines", 200, bytes, "a{\"b\":1}\n"),
                Arguments.of("reply", 404, json, "{\"no\":1}"),
            Arguments.of("status", 201, null, ""), Arguments.of("answer", 200, "text/html", "<p>"),
                Arguments.of("base64", 200, bytes, "b"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("returned")
    void whatIsReturnedIsAnswered(String what, int status, String type, String body) throws Exception {
        try (Functions functions = new Functions("fixtures.Plain::gives", "event")) {
            Client.Response response = functions.post("{\"what\":\"" + what + "\"}");
            assertEquals(status + " " + type + " " + body, response.status() + " " + response.field("content-type")
                + " " + response.body(),
                () -> String.valueOf(functions.errors.peek()));
            if (what.equals("answer")) {
                assertEquals("a=1\nb=2", response.field("set-cookie"));
            }
        }
    }

    static Stream<Arguments> impossible() {
        return Stream.of(Arguments.of("wrong status", "the statusCode 200; a whole number"),
            Arguments.of("small status", "the statusCode 101; a whole number"),
            Arguments.of("thread", "java.lang.Thread, which JSON cannot express"), Arguments.of("circle", "circular"),
                Arguments.of("throws", "torn"),
            Arguments.of("object", "java.lang.Object, which JSON cannot express"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("impossible")
    void whatCannotBeAnsweredIsTheFunctionsFailure(String what, String said) throws Exception {
        try (Functions functions = new Functions("fixtures.Plain::gives", "event")) {
            assertEquals(500, functions.post("{\"what\":\"" + what + "\"}").status());
            String message = functions.errors.take().getMessage();
            assertTrue(message.contains(said), message);
        }
    }

    private static final String HEADERS = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\nce-type: t\r\n";
    private static final String STRUCTURED = "Content-Type: application/cloudevents+json\r\n";
    private static final String EVENT = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"";

    static Stream<Arguments> cloudEvents() {
        return Stream.of(
            Arguments.of(HEADERS + JSON, "{\"a\":1}", 200, "[\"1\",null,null,{\"a\":1}]"),
            Arguments.of(HEADERS + "Content-Type: text/plain\r\n", "hi", 200, "[\"1\",null,null,\"hi\"]"),
            Arguments.of(HEADERS + "Content-Type: image/png\r\n", "hi", 200, "[\"1\",null,null,\"aGk=\"]"),
            Arguments.of(HEADERS + "ce-subject: Euro%20%E2%82%AC\r\nce-mine: \"a\\\"b\"\r\n", "", 200,
                "[\"1\",\"Euro €\",\"a\\\"b\",null]"),
            Arguments.of(STRUCTURED, EVENT + ",\"data\":[1],\"mine\":3,\"subject\":null}", 200, "[\"1\",null,3,[1]]"),
            Arguments.of(STRUCTURED, EVENT + ",\"data_base64\":\"aGk=\"}", 200, "[\"1\",null,null,\"aGk=\"]"),
            Arguments.of(JSON, "{}", 400, "neither ce- headers (ce-specversion, ce-id, ce-source, ce-type) nor"),
            Arguments.of(HEADERS.replace("ce-id: 1\r\n", ""), "", 400, "has no header 'ce-id'"),
            Arguments.of(HEADERS.replace("1.0", "0.3"), "", 400, "specversion '0.3'; 1.0 is expected"),
            Arguments.of(HEADERS + "ce-time: noon\r\n", "", 400, "header 'ce-time'"),
            Arguments.of(HEADERS + "ce-subject: %ff\r\n", "", 400, "'ce-subject' is not percent-encoded UTF-8"),
            Arguments.of(HEADERS + JSON, "{", 400, "The CloudEvent's data is not JSON"),
            Arguments.of(STRUCTURED, EVENT.replace("\"1\"", "1") + "}", 400, "attribute 'id' that is no text"),
            Arguments.of(STRUCTURED, EVENT + ",\"Mine\":1}", 400, "attribute 'Mine'"),
            Arguments.of(STRUCTURED, EVENT + ",\"mine\":{}}", 400, "attribute 'mine'"),
            Arguments.of(STRUCTURED, EVENT + ",\"data\":1,\"data_base64\":\"aGk=\"}", 400,
                "both 'data' and 'data_base64'"),
            Arguments.of(STRUCTURED, EVENT + ",\"data_base64\":\"*\"}", 400, "not Base64"),
            Arguments.of(STRUCTURED, "{", 400, "The CloudEvent is not JSON"),
            Arguments.of(STRUCTURED, "[]", 400, "no JSON object"),
            Arguments.of("Content-Type: application/cloudevents-batch+json\r\n", "[]", 415,
                "Batches of CloudEvents are not taken"));
    }

    @ParameterizedTest
    @MethodSource("cloudEvents")
    void cloudEventsInBothModes(String fields, String body, int status, String expected) throws Exception {
        try (Functions functions = new Functions("fixtures.Own$Clouds", "cloudevent")) {
            Client.Response response = functions.post(body, fields);
            assertEquals(status, response.status(), response.body());
            assertTrue(response.body().contains(expected), response.body());
        }
    }

    @Test
    void aCloudEventGoesBackInTheModeOfTheOneThatCame() throws Exception {
        try (Functions functions = new Functions("fixtures.Own$Clouds", "http")) {
            Client.Response binary = functions.post("{\"a\":1}", HEADERS + "ce-back: event\r\n" + JSON);
            assertEquals("2 /r u a%20%E2%82%AC%25 application/json {\"a\":1}", binary.field("ce-id") + " "
                + binary.field("ce-source") + " " + binary.field("ce-type") + " "
                + binary.field("ce-subject") + " " + binary.field("content-type") + " " + binary.body());
            Client.Response whole = functions.post(EVENT + ",\"back\":\"event\",\"data\":\"x\"}", STRUCTURED);
            assertEquals("application/cloudevents+json; charset=utf-8", whole.field("content-type"));
            for (String part : new String[] {"\"id\":\"2\"", "\"data\":\"x\"", "\"subject\":\"a €%\""}) {
                assertTrue(whole.body().contains(part), whole.body());
            }
            assertEquals(500, functions.post("", HEADERS + "ce-back: broken\r\n").status());
            assertTrue(functions.errors.take().getMessage().contains("the handler returned has no attribute 'source'"));
        }
    }

    @Test
    void handlersOfEventsGetTheWholeCloudEvent() throws Exception {
        try (Functions functions = new Functions("fixtures.Own$AsMap", "cloudevent")) {
            Client.Response response = functions.post("hi", HEADERS + "Content-Type: text/plain\r\n");
            assertEquals("1 /s text/plain hi", response.field("ce-id") + " " + response.field("ce-source") + " "
                + response.field("content-type") + " "
                + response.body());
        }
    }
}
