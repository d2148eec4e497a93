package dev.nest.host.handler;

import dev.nest.host.channel.Json;
import dev.nest.host.http.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bodies of requests that carry events. */
final class EventBody {
    /** The most bytes of a body that a function gets in one piece. */
    static final int LIMIT = 6 << 20;
    /** What of a body that is too large is read all the same: its client hears why only when it has sent all. */
    private static final long PATIENCE = 10L * LIMIT;
    private static final Pattern JSON = Pattern.compile("application/json|text/json|[\\w.-]+/[\\w.-]+\\+json");
    private static final Pattern CHARSET = Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]*)",
        Pattern.CASE_INSENSITIVE);

    /** Type and charset in lower case; the type is empty where there is none. */
    record MediaType(String type, String charset) {
        static MediaType of(String value) {
            String given = value == null ? "" : value;
            Matcher charset = CHARSET.matcher(given);
            String type = given.contains(";") ? given.substring(0, given.indexOf(';')) : given;
            return new MediaType(type.trim().toLowerCase(Locale.ROOT),
                charset.find() ? charset.group(1).toLowerCase(Locale.ROOT) : "utf-8");
        }

        boolean isJson() {
            return JSON.matcher(type).matches();
        }
    }

    private EventBody() {}

    /** The whole body; null when it has none. */
    static byte[] read(Invocation invocation) throws Problem, IOException {
        long announced = invocation.exchange().head().length();
        if (announced == 0) {
            return null;
        }
        String coding = invocation.header("content-encoding");
        if (announced > PATIENCE) {
            throw tooLarge();
        }
        if (coding != null && !coding.equals("identity")) {
            throw new Problem(415, "Content-Encoding '" + coding + "' is not understood; send the body as it is.");
        }
        byte[] bytes = readAll(invocation.exchange().body(), announced);
        return bytes.length == 0 ? null : bytes;
    }

    private static byte[] readAll(InputStream body, long announced) throws Problem, IOException {
        ByteArrayOutputStream parts = new ByteArrayOutputStream((int) Math.min(Math.max(announced, 512), 64 << 10));
        byte[] part = new byte[(int) Math.min(announced < 0 ? 8 << 10 : announced, 16 << 10)];
        long size = 0;
        for (int count = body.read(part); count >= 0; count = body.read(part)) {
            size += count;
            if (size <= LIMIT) {
                parts.write(part, 0, count);
            } else if (size > PATIENCE) {
                break;
            }
        }
        if (size > LIMIT) {
            throw tooLarge();
        }
        return parts.toByteArray();
    }

    private static Problem tooLarge() {
        return new Problem(413, "The body is larger than " + (LIMIT >> 20)
            + " MiB; a handler of HTTP can read it as a stream.");
    }

    /** @param what names the text in the answer to one who sent none */
    static Object json(byte[] bytes, String charset, String what) throws Problem {
        if (!charset.equals("utf-8") && !charset.equals("utf8") && !charset.equals("us-ascii")) {
            throw new Problem(415, "Charset '" + charset + "' is not understood; JSON is sent in UTF-8.");
        }
        try {
            return Json.parse(bytes);
        } catch (Json.SyntaxException error) {
            throw new Problem(400, what + " is not JSON: " + error.getMessage() + ".");
        }
    }
}
