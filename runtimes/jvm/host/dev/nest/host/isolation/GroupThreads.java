package dev.nest.host.isolation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * The live threads of a thread group and of those below it. Asks no guard, and calls nothing that a tenant's subclass
 * could have overridden.
 */
final class GroupThreads {
    private static final int FIRST = 16;
    private static final MethodHandle ENUMERATE = enumerate();

    private GroupThreads() {
    }

    static Thread[] of(ThreadGroup group) {
        for (int size = FIRST;; size *= 2) {
            Thread[] found = new Thread[size];
            int copied = enumerate(group, found);
            if (copied < size) {
                return Arrays.copyOf(found, copied);
            }
        }
    }

    static int count(ThreadGroup group) {
        return of(group).length;
    }

    /** Every live thread of the JVM. */
    static Thread[] all() {
        ThreadGroup top = Isolation.hostGroup();
        while (top.getParent() != null) {
            top = top.getParent();
        }
        return of(top);
    }

    private static int enumerate(ThreadGroup group, Thread[] found) {
        try {
            return (int) ENUMERATE.invokeExact(group, found, 0, true);
        } catch (Throwable error) {
            throw new IllegalStateException("the threads of a group cannot be listed", error);
        }
    }

    private static MethodHandle enumerate() {
        try {
            return MethodHandles.privateLookupIn(ThreadGroup.class, MethodHandles.lookup())
                .findVirtual(ThreadGroup.class, "enumerate",
                MethodType.methodType(int.class, Thread[].class, int.class, boolean.class));
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }
}
