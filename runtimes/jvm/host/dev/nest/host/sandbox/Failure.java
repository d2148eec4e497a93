package dev.nest.host.sandbox;

import dev.nest.host.handler.LoadFailure;
import dev.nest.host.handler.Trace;
import dev.nest.host.isolation.DoesNotFitException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Why a load failed, in text: nothing of the function's is held by it. */
public record Failure(String reason, String message, String stack) {
    /** The most bytes of a stack or message that are reported. */
    static final int LIMIT = 4096;

    /** @param directory of the package: paths inside it are shown as its author knows them */
    static Failure of(Throwable error, Path directory) {
        try {
            return described(error, directory);
        } catch (Throwable again) {
            // The error is the function's, and there may be no stack or memory left to look at it.
            return new Failure("LoadError", "It failed with " + error.getClass().getName() + ".", "");
        }
    }

    private static Failure described(Throwable error, Path directory) {
        if (error instanceof LoadFailure known) {
            Throwable cause = known.getCause();
            return cut(known.reason(), known.getMessage(), cause == null ? "" : Trace.ofFunction(cause), directory);
        }
        if (error instanceof DoesNotFitException) {
            return cut("DoesNotFit", error.getMessage(), "", directory);
        }
        if (error instanceof IOException) {
            return cut("LoadError", "The package cannot be read: " + error.getMessage(), "", directory);
        }
        return cut("LoadError", Trace.title(error), Trace.ofFunction(error), directory);
    }

    public static Failure of(String reason, String message) {
        return new Failure(reason, message, "");
    }

    private static Failure cut(String reason, String message, String stack, Path directory) {
        return new Failure(reason, cut(relative(message, directory)), cut(relative(stack, directory)));
    }

    private static String relative(String text, Path directory) {
        return text.replace(directory + "/", "").replace(directory.toString(), "the package");
    }

    /** To the limit in bytes, not inside a character. */
    public static String cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= LIMIT) {
            return text;
        }
        int end = LIMIT - "…".getBytes(StandardCharsets.UTF_8).length;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8) + "…";
    }

    public Map<String, Object> members(String id) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("reason", reason);
        members.put("message", message);
        members.put("stack", stack);
        return members;
    }
}
