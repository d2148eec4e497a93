package dev.nest.host.isolation;

import java.lang.reflect.Field;
import java.lang.reflect.Method;

/** A class loader's parent, read in place: its method is guarded, and the field is hidden from reflection. */
final class LoaderParent {
    private static final long OFFSET = offset();

    private LoaderParent() {
    }

    static ClassLoader of(ClassLoader loader) {
        return (ClassLoader) Internals.read(loader, OFFSET);
    }

    private static long offset() {
        try {
            Method method = Class.class.getDeclaredMethod("getDeclaredFields0", boolean.class);
            method.setAccessible(true);
            for (Field field : (Field[]) method.invoke(ClassLoader.class, false)) {
                if (field.getName().equals("parent")) {
                    return Internals.offset(field);
                }
            }
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
        throw new IllegalStateException("this JDK's ClassLoader has no field parent");
    }
}
