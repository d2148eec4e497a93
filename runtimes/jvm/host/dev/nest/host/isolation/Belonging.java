package dev.nest.host.isolation;

/** What belongs to a package loader: its classes, those of loaders below it, their objects, those loaders. */
final class Belonging {
    private static final int MOST_PARENTS = 8;

    private final ClassLoader loader;

    Belonging(ClassLoader loader) {
        this.loader = loader;
    }

    /** Whether an object would keep the loader from being collected by its own class. */
    boolean owns(Object object) {
        if (object == null) {
            return false;
        }
        if (object instanceof ClassLoader each && isBelow(each)) {
            return true;
        }
        return isBelow(object instanceof Class<?> type ? type.getClassLoader() : object.getClass().getClassLoader());
    }

    /** Whether a loader is it, or has it among its parents. */
    boolean isBelow(ClassLoader other) {
        ClassLoader each = other;
        for (int depth = 0; each != null && depth < MOST_PARENTS; depth++) {
            if (each == loader) {
                return true;
            }
            each = LoaderParent.of(each);
        }
        return false;
    }
}
