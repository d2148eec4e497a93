package dev.nest.host.isolation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * Fields of the JDK's own objects: what Java 17 has no interface for, but a host of many sandboxes must reach. Needs
 * the {@code --add-opens} of the runtime's manifest.
 */
final class Internals {
    private static final Object UNSAFE;
    private static final MethodHandle OBJECT_OFFSET;
    private static final MethodHandle STATIC_OFFSET;
    private static final MethodHandle STATIC_BASE;
    private static final MethodHandle READ;
    private static final MethodHandle WRITE;
    private static final MethodHandle WRITE_FLAG;
    private static final MethodHandle WRITE_NUMBER;
    private static final MethodHandle UNINITIALIZED;

    static {
        try {
            Class<?> type = Class.forName("jdk.internal.misc.Unsafe");
            Method get = type.getMethod("getUnsafe");
            get.setAccessible(true);
            UNSAFE = get.invoke(null);
            OBJECT_OFFSET = bound(type.getMethod("objectFieldOffset", Field.class));
            STATIC_OFFSET = bound(type.getMethod("staticFieldOffset", Field.class));
            STATIC_BASE = bound(type.getMethod("staticFieldBase", Field.class));
            READ = bound(type.getMethod("getReferenceVolatile", Object.class, long.class));
            WRITE = bound(type.getMethod("putReferenceVolatile", Object.class, long.class, Object.class));
            WRITE_FLAG = bound(type.getMethod("putBooleanVolatile", Object.class, long.class, boolean.class));
            WRITE_NUMBER = bound(type.getMethod("putIntVolatile", Object.class, long.class, int.class));
            UNINITIALIZED = bound(type.getMethod("shouldBeInitialized", Class.class));
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private Internals() {
    }

    private static MethodHandle bound(Method method) throws IllegalAccessException {
        method.setAccessible(true);
        return MethodHandles.lookup().unreflect(method).bindTo(UNSAFE);
    }

    /** A field that is read often. */
    static VarHandle handle(Class<?> owner, String name, Class<?> type) {
        try {
            return MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).findVarHandle(owner, name, type);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("this JDK's " + owner.getName() + " has no field " + name, error);
        }
    }

    /** A class of the JDK that is not public. */
    static Class<?> type(String name) {
        try {
            return Class.forName(name, true, ClassLoader.getPlatformClassLoader());
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException("this JDK has no " + name, error);
        }
    }

    /** A declared field, by name. */
    static Field field(Class<?> owner, String name) {
        try {
            return owner.getDeclaredField(name);
        } catch (NoSuchFieldException error) {
            throw new IllegalStateException("this JDK's " + owner.getName() + " has no field " + name, error);
        }
    }

    /** Where a field is in its object, or in what holds its class's statics. */
    static long offset(Field field) {
        try {
            return Modifier.isStatic(field.getModifiers()) ? (long) STATIC_OFFSET.invoke(field)
                : (long) OBJECT_OFFSET.invoke(field);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot reach " + field, error);
        }
    }

    /** What holds a class's statics. */
    static Object base(Field field) {
        try {
            return (Object) STATIC_BASE.invoke(field);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot reach " + field, error);
        }
    }

    /** The object at an offset. */
    static Object read(Object base, long offset) {
        try {
            return (Object) READ.invoke(base, offset);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot read an object", error);
        }
    }

    /** The value of a field of a reference type. */
    static Object read(Object object, Field field) {
        return read(target(object, field), offset(field));
    }

    /** Sets a field of a reference type, also a final one. */
    static void write(Object object, Field field, Object value) {
        try {
            WRITE.invoke(target(object, field), offset(field), value);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot set " + field, error);
        }
    }

    /** Sets a field of type boolean. */
    static void writeFlag(Object object, Field field, boolean value) {
        try {
            WRITE_FLAG.invoke(target(object, field), offset(field), value);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot set " + field, error);
        }
    }

    /** Sets a field of type int. */
    static void writeNumber(Object object, Field field, int value) {
        try {
            WRITE_NUMBER.invoke(target(object, field), offset(field), value);
        } catch (Throwable error) {
            throw new IllegalStateException("cannot set " + field, error);
        }
    }

    /** Whether a class has been initialized: one that has not holds nothing yet. */
    static boolean isInitialized(Class<?> type) {
        try {
            return !(boolean) UNINITIALIZED.invoke(type);
        } catch (Throwable error) {
            return false;
        }
    }

    private static Object target(Object object, Field field) {
        return Modifier.isStatic(field.getModifiers()) ? base(field) : object;
    }
}
