package dev.nest.host.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nest.host.http.Client;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of handler, by a real request. */
@Timeout(30)
class HandlerKindsTest {
    private static final String TRACE = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";

    static Stream<Arguments> kinds() {
        return Stream.of(
            Arguments.of("fixtures.Own$Http", "\"b\"", 200, "/p q=1&q=2&r=a%20b - \"b\""),
            Arguments.of("fixtures.Own$Greets", "{\"name\":\"Ada\",\"other\":1}", 200, "{\"hello\":\"Ada\"}"),
            Arguments.of("fixtures.Plain", "{\"a\":[1,2.5]}", 200, "{\"got\":{\"a\":[1,2.5]}}"),
            Arguments.of("fixtures.Plain::main", "{}", 200, "{\"got\":{}}"),
            Arguments.of("fixtures.Plain::hello", "\"Ada\"", 200, "hello Ada"),
            Arguments.of("fixtures.Plain::hello", "{\"a\": 1}", 200, "hello {\"a\":1}"),
            Arguments.of("fixtures.Plain::bytes", "abc", 200, "cba"),
            Arguments.of("fixtures.Plain::nothing", "{}", 204, ""),
            Arguments.of("fixtures.Plain::silent", "{}", 204, ""),
            Arguments.of("fixtures.Plain::point", "{\"x\":1,\"y\":2,\"at\":\"2026-01-02T03:04:05Z\",\"rest\":[1]}", 200,
                "{\"x\":2,\"y\":2.0,\"name\":null,\"at\":\"2026-01-02T03:04:05Z\",\"rest\":[1]}"),
            Arguments.of("fixtures.Plain::http", "b", 202, "POST b"),
            Arguments.of("fixtures.Plain::streams", "{\"a\":1}", 200, "{\"a\":1}"),
            Arguments.of("fixtures.Plain::streams", "{\"statusCode\":404,\"body\":\"no\"}", 404, "no"),
            Arguments.of("fixtures.Plain$Turns", "\"abc\"", 200, "cba"),
            Arguments.of("fixtures.Plain$Sums", "[1,2,3]", 200, "6"),
            Arguments.of("fixtures.Plain$Both", "{\"a\":1}", 200, "{a=1}POST"),
            Arguments.of("fixtures.Plain$Gives", "{}", 200, "given"),
            Arguments.of("fixtures.Plain$Takes", "{}", 204, ""),
            Arguments.of("fixtures.Lambda$Beans", "{\"Name\":\"a\",\"items\":[{\"count\":1,\"kind\":\"LARGE\"}]}", 200,
                "{\"items\":[{\"count\":1,\"kind\":\"LARGE\"}],\"name\":\"a!\"}"),
            Arguments.of("fixtures.Lambda$Gateway", "{}", 418, "tea"),
            Arguments.of("fixtures.Lambda$Streams", "{\"a\":1}", 200, "[{\"a\":1}]"),
            Arguments.of("fixtures.Lambda$Plain", "[1,2,3]", 200, "6"),
            Arguments.of("fixtures.Google$Bytes", "abc", 200, "abc"));
    }

    @ParameterizedTest(name = "{0} of {1}")
    @MethodSource("kinds")
    void answers(String handler, String body, int status, String expected) throws Exception {
        try (Functions functions = new Functions(handler, "http")) {
            Client.Response response = functions.post(body);
            assertEquals(status + " " + expected, response.status() + " " + response.body(), () ->
                String.valueOf(functions.errors.peek()));
            assertEquals(status, functions.post(body).status());
        }
    }

    @Test
    void googlesHttp() throws Exception {
        try (Functions functions = new Functions("fixtures.Google$Http", "http")) {
            Client.Response response = functions.post("line 1\nline 2", "x-own: o\r\n");
            assertEquals("POST http://a/p?q=1&q=2&r=a%20b /p q=1&q=2&r=a%20b 1 o default 13 line 1 [1, 2]",
                response.body(), () -> String.valueOf(functions.errors.peek()));
            assertEquals("201 text/x 1\n2", response.status() + " " + response.field("content-type") + " "
                + response.field("x-a"));
            assertNotNull(response.field("content-length"));
        }
    }

    static Stream<Arguments> googlesEvents() {
        String old = "{\"data\":{\"text\":\"t\",\"count\":3},\"context\":{\"eventId\":\"e1\",\"eventType\":\"ty\",\"resource\":\"res\"}}";
        String cloud = "{\"specversion\":\"1.0\",\"id\":\"c1\",\"source\":\"/s\",\"type\":\"ct\",\"mine\":5,\"time\":\"2026-01-02T03:04:05Z\",\"data\":{\"text\":\"t\",\"count\":3}}";
        String structured = "Content-Type: application/cloudevents+json\r\n";
        String json = "Content-Type: application/json\r\n";
        return Stream.of(
            Arguments.of("Background", "http", json, old, "t 3 e1 ty {}"),
            Arguments.of("Background", "cloudevent", structured, cloud, "t 3 c1 ct {}"),
            Arguments.of("Raw", "event", json, old, "{\"text\":\"t\",\"count\":3} res"),
            Arguments.of("Raw", "event", json, "{\"a\":1}", "{\"a\":1} /p"),
            Arguments.of("Events", "http", structured, cloud,
                "true c1 ct /s 5 [mine] 2026-01-02T03:04:05Z {\"text\":\"t\",\"count\":3}"));
    }

    @ParameterizedTest(name = "{0} of {1}: {4}")
    @MethodSource("googlesEvents")
    void googlesEvents(String handler, String signature, String fields, String body, String expected) throws Exception {
        try (Functions functions = new Functions("fixtures.Google$" + handler, signature)) {
            Client.Response response = functions.post(body, fields);
            Throwable error = functions.errors.poll();
            assertEquals(500, response.status(), response.body());
            assertEquals(expected, error.getMessage(), () -> Trace.forLog(error).toString());
        }
    }

    @Test
    void lambdasContext() throws Exception {
        try (Functions functions = new Functions("fixtures.Lambda$Maps", "event")) {
            String body = functions.post("{\"a\":1}", "Content-Type: application/json\r\nX-Request-Id: r1\r\n").body();
            for (String part : new String[] {"\"in\":{\"a\":1}", "\"id\":\"r1\"", "\"name\":\"hello\"",
                "\"left\":true", "\"none\":true"}) {
                assertTrue(body.contains(part), body);
            }
            assertEquals("info got %s", functions.lines.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void ourContext() throws Exception {
        try (Functions functions = new Functions("fixtures.Plain::context", "event")) {
            assertEquals("r1 POST /p {q=[1, 2], r=[a b]} true hello true",
                functions.post("{}", "Content-Type: application/json\r\nX-Request-Id: r1\r\n" + TRACE).body());
            String[] other = functions.post("{}", "X-Request-Id: a:b\r\n"
                + TRACE.replaceAll("-[\\da-f]{32}-", "-" + "0".repeat(32) + "-")).body().split(" ");
            assertTrue(other[0].matches("[\\da-f]{8}-[\\da-f]{4}-4[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}"),
                other[0]);
            assertEquals("false", other[other.length - 3]);
        }
    }
}
