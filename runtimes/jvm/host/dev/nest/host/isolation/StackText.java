package dev.nest.host.isolation;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;

/** An error as lines of a log. The error is a tenant's object: that its methods throw must hurt nobody. */
final class StackText {
    private static final int MOST_LINES = 200;

    private StackText() {
    }

    static List<String> lines(String message, Throwable error) {
        StringWriter text = new StringWriter();
        try {
            error.printStackTrace(new PrintWriter(text, true));
        } catch (Throwable broken) {
            text.write(error.getClass().getName() + " (its stack cannot be printed: " + broken.getClass().getName()
                + ")");
        }
        return Stream.concat(Stream.of(message), text.toString().lines()).limit(MOST_LINES).toList();
    }
}
