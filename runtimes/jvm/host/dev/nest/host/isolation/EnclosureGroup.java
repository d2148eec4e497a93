package dev.nest.host.isolation;

import java.lang.invoke.VarHandle;

/** The thread group of a sandbox: a thread belongs to the sandbox in whose group, or a group below it, it was made. */
final class EnclosureGroup extends ThreadGroup {
    private static final VarHandle PARENT = Internals.handle(ThreadGroup.class, "parent", ThreadGroup.class);

    final Enclosure enclosure;

    EnclosureGroup(ThreadGroup parent, String name, Enclosure enclosure) {
        super(parent, name);
        this.enclosure = enclosure;
    }

    /** Of a group: the sandbox whose it is; null for the host's and the JDK's own. */
    static Enclosure owner(ThreadGroup group) {
        for (ThreadGroup each = group; each != null; each = (ThreadGroup) PARENT.get(each)) {
            if (each instanceof EnclosureGroup own) {
                return own.enclosure;
            }
        }
        return null;
    }

    /** An error that nobody caught ends its thread and nothing else; it goes to the sandbox's log. */
    @Override
    public void uncaughtException(Thread thread, Throwable error) {
        if (error instanceof ThreadDeath) {
            return;
        }
        enclosure.report("error", "Thread \"" + thread.getName() + "\" ended with an error that nobody caught", error);
    }
}
