package dev.nest.host.isolation;

import java.util.Arrays;

/** The live threads of a thread group and of those below it. */
final class GroupThreads {
    private static final Thread[] NONE = {};

    private GroupThreads() {
    }

    static Thread[] of(ThreadGroup group) {
        int count = group.activeCount();
        if (count == 0) {
            return NONE;
        }
        while (true) {
            Thread[] found = new Thread[count + 8];
            int copied = group.enumerate(found, true);
            if (copied < found.length) {
                return Arrays.copyOf(found, copied);
            }
            count = copied * 2;
        }
    }
}
