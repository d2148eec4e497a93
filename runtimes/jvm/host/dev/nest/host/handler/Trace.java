package dev.nest.host.handler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * An error's stack as its author wants to see it. The error is the function's object: that its methods fail hurts
 * nobody.
 */
public final class Trace {
    private static final int MOST_LINES = 200;
    private static final int MOST_CAUSES = 20;
    private static final int MOST_FRAMES = 60;

    private enum Cut { FUNCTION_ONLY, HOST_BELOW }

    private Trace() {}

    /** Name and message. */
    public static String title(Throwable error) {
        try {
            return String.valueOf(error);
        } catch (Throwable broken) {
            return error.getClass().getName() + " (its message cannot be shown: " + broken.getClass().getName() + ")";
        }
    }

    /** Only frames inside the function, each cause with its own. */
    public static String ofFunction(Throwable error) {
        return String.join("\n", lines(error, Cut.FUNCTION_ONLY));
    }

    /** All frames but the host's own below the function's; a line each. */
    public static List<String> forLog(Throwable error) {
        return lines(error, Cut.HOST_BELOW);
    }

    private static List<String> lines(Throwable error, Cut cut) {
        List<String> lines = new ArrayList<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        String prefix = "";
        for (Throwable at = error; at != null && seen.size() < MOST_CAUSES && seen.add(at); at = cause(at)) {
            // The title may have lines of its own.
            title(at, prefix).lines().forEach(lines::add);
            List<String> frames = frames(at, cut);
            frames.stream().limit(MOST_FRAMES).forEach((frame) -> lines.add("    at " + frame));
            if (frames.size() > MOST_FRAMES) {
                lines.add("    ... " + (frames.size() - MOST_FRAMES) + " more");
            }
            prefix = "Caused by: ";
        }
        return lines.size() <= MOST_LINES ? lines : lines.subList(0, MOST_LINES);
    }

    private static String title(Throwable error, String prefix) {
        return prefix + title(error);
    }

    private static Throwable cause(Throwable error) {
        try {
            return error.getCause();
        } catch (Throwable broken) {
            return null;
        }
    }

    private static List<String> frames(Throwable error, Cut cut) {
        try {
            List<StackTraceElement> frames = List.of(error.getStackTrace());
            if (cut == Cut.FUNCTION_ONLY) {
                return frames.stream().filter(Trace::isOfFunction).map(Trace::text).toList();
            }
            int end = frames.size();
            while (end > 0 && !isOfFunction(frames.get(end - 1))) {
                end--;
            }
            return frames.subList(0, end == 0 ? frames.size() : end).stream().map(Trace::text).toList();
        } catch (Throwable broken) {
            return List.of();
        }
    }

    /** Java and this host are modules; a function is none, and its loader has no name. */
    private static boolean isOfFunction(StackTraceElement frame) {
        return frame.getModuleName() == null && frame.getClassLoaderName() == null;
    }

    private static String text(StackTraceElement frame) {
        String place = frame.isNativeMethod() ? "Native Method" : frame.getFileName() == null ? "Unknown Source"
            : frame.getLineNumber() < 0 ? frame.getFileName() : frame.getFileName() + ":" + frame.getLineNumber();
        return frame.getClassName() + "." + frame.getMethodName() + "(" + place + ")";
    }
}
