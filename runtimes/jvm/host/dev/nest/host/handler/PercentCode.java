package dev.nest.host.handler;

import dev.nest.host.http.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Header values of the HTTP binding of CloudEvents, section 3.1.3.2. */
final class PercentCode {
    private PercentCode() {}

    static String encode(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach((character) -> {
            if (character > 0x20 && character < 0x7f && character != '"' && character != '%') {
                out.appendCodePoint(character);
                return;
            }
            for (byte one : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
                out.append('%').append(String.format(Locale.ROOT, "%02X", one & 0xff));
            }
        });
        return out.toString();
    }

    static String decode(String name, String value) throws Problem {
        boolean isQuoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        String text = isQuoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at++) {
            boolean isCode = text.charAt(at) == '%' && at + 2 < text.length()
                && Character.digit(text.charAt(at + 1), 16) >= 0 && Character.digit(text.charAt(at + 2), 16) >= 0;
            if (isCode) {
                out.write(Integer.parseInt(text.substring(at + 1, at + 3), 16));
                at += 2;
            } else {
                out.writeBytes(String.valueOf(text.charAt(at)).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            return dev.nest.host.channel.Json.decode(out.toByteArray());
        } catch (dev.nest.host.channel.Json.SyntaxException error) {
            throw new Problem(400, "The header '" + name + "' is not percent-encoded UTF-8.");
        }
    }
}
