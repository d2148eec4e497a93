package dev.nest.host.isolation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;

/** What a thread holds, read without calling its methods: a tenant's subclass may have overridden them. */
final class ThreadFields {
    private static final VarHandle ID = Internals.handle(Thread.class, "tid", long.class);
    private static final VarHandle TARGET = Internals.handle(Thread.class, "target", Runnable.class);
    private static final VarHandle CONTEXT_LOADER =
        Internals.handle(Thread.class, "contextClassLoader", ClassLoader.class);
    private static final VarHandle LOCALS = locals("threadLocals");
    private static final VarHandle INHERITABLE_LOCALS = locals("inheritableThreadLocals");
    private static final MethodHandle INTERRUPT = interrupt();

    private ThreadFields() {
    }

    static long id(Thread thread) {
        return (long) ID.get(thread);
    }

    static Runnable target(Thread thread) {
        return (Runnable) TARGET.get(thread);
    }

    static ClassLoader contextLoader(Thread thread) {
        return (ClassLoader) CONTEXT_LOADER.get(thread);
    }

    static void setContextLoader(Thread thread, ClassLoader loader) {
        CONTEXT_LOADER.set(thread, loader);
    }

    /** Its thread-locals and the inheritable ones; either may be null. */
    static Object[] locals(Thread thread) {
        return new Object[] {LOCALS.get(thread), INHERITABLE_LOCALS.get(thread)};
    }

    /** Interrupts it as {@link Thread} does. */
    static void interrupt(Thread thread) {
        try {
            INTERRUPT.invokeExact(thread);
        } catch (Throwable error) {
            throw new IllegalStateException("a thread cannot be interrupted", error);
        }
    }

    private static VarHandle locals(String name) {
        return Internals.handle(Thread.class, name, Internals.type("java.lang.ThreadLocal$ThreadLocalMap"));
    }

    private static MethodHandle interrupt() {
        try {
            return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                .findSpecial(Thread.class, "interrupt", MethodType.methodType(void.class), Thread.class);
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }
}
