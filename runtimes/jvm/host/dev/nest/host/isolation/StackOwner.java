package dev.nest.host.isolation;

import java.util.Optional;

/**
 * Finds the sandbox whose code is on the calling thread's stack. For threads that the JDK makes once for all (a common
 * pool's, an HTTP client's, timers of CompletableFuture, finalizers): they belong to no sandbox, but run code of one at
 * a time.
 */
final class StackOwner {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final int MOST_FRAMES = 256;
    private static final int MOST_PARENTS = 8;

    private StackOwner() {
    }

    /** The sandbox nearest to the top; null for none. */
    static Enclosure find() {
        return STACK.walk(frames -> frames.limit(MOST_FRAMES)
            .map(frame -> of(frame.getDeclaringClass().getClassLoader()))
            .flatMap(Optional::stream).findFirst()).orElse(null);
    }

    /** The package loader that a class's loader is, or is below. */
    static PackageLoader packageLoader(ClassLoader loader) {
        ClassLoader each = loader;
        for (int depth = 0; each != null && depth < MOST_PARENTS; depth++, each = LoaderParent.of(each)) {
            if (each instanceof PackageLoader own) {
                return own;
            }
        }
        return null;
    }

    private static Optional<Enclosure> of(ClassLoader loader) {
        if (loader == null) {
            return Optional.empty();
        }
        PackageLoader own = packageLoader(loader);
        return own == null ? Optional.empty() : Optional.ofNullable(own.enclosure());
    }
}
