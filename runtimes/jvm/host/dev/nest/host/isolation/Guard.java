package dev.nest.host.isolation;

import java.io.FileDescriptor;
import java.lang.StackWalker.StackFrame;
import java.net.InetAddress;
import java.security.AccessControlException;
import java.security.AccessController;
import java.security.Permission;
import java.util.concurrent.RejectedExecutionException;

/**
 * Refuses tenants what would reach their neighbours ({@link Denied}, {@link FileRules}), in words. A call is a tenant's
 * when a class of a package or layer is on the stack above the last {@code doPrivileged}. Most checks return at once.
 * It guards against accidents, not against attackers: Java code with reflection and {@code sun.misc.Unsafe} can get
 * around it.
 */
@SuppressWarnings("removal")
final class Guard extends SecurityManager {
    private static final Permission THREADS = new RuntimePermission("modifyThreadGroup");
    private static final Permission READ_DESCRIPTOR = new RuntimePermission("readFileDescriptor");
    private static final Permission WRITE_DESCRIPTOR = new RuntimePermission("writeFileDescriptor");
    private static final Permission EXECUTE = new RuntimePermission("manageProcess");
    private static final StackWalker STACK = StackWalker.getInstance();
    private static final int FRAMES = 8;

    private final FileRules files;

    Guard(FileRules files) {
        this.files = files;
    }

    @Override
    public void checkPermission(Permission permission) {
        Denied.Rule rule = Denied.rule(permission);
        if (rule != null) {
            if (rule.scope() == Denied.Scope.THREAD && Enclosure.ofThread() != null) {
                throw new SecurityException(rule.reason());
            }
            refuseTenant(permission, rule.reason());
        }
    }

    @Override
    public void checkPermission(Permission permission, Object context) {
        checkPermission(permission);
    }

    private static void refuseTenant(Permission permission, String reason) {
        try {
            AccessController.checkPermission(permission);
        } catch (AccessControlException error) {
            throw new SecurityException(reason);
        }
    }

    /** A thread of another sandbox, or of the host. */
    @Override
    public void checkAccess(Thread thread) {
        Enclosure current = Enclosure.ofThread();
        if (current != null) {
            ThreadGroup group = thread.getThreadGroup();
            if (group != null && EnclosureGroup.owner(group) != current && !isJdksForIt(thread)) {
                refuseTenant(THREADS, "Threads of other functions and of the host may not be changed");
            }
        }
    }

    /** One that the JDK has just made, as its HTTP client does for whoever uses it. */
    private static boolean isJdksForIt(Thread thread) {
        return thread.getClass().getName().equals("jdk.internal.misc.InnocuousThread")
            || thread.getState() == Thread.State.NEW && thread.getClass().getClassLoader() == null;
    }

    /** A group of another sandbox, or of the host; and whether one more thread may be made in its own. */
    @Override
    public void checkAccess(ThreadGroup group) {
        Enclosure current = Enclosure.ofThread();
        if (current == null) {
            return;
        }
        if (EnclosureGroup.owner(group) != current) {
            refuseTenant(THREADS, "Thread groups of other functions and of the host are not to be used");
        } else if (current.threadsAreFull() && isNewThread()) {
            throw new RejectedExecutionException("The function has " + current.spec().limits().threads()
                + " live threads, as many as a function of a JVM may have: one more is refused");
        }
    }

    private static boolean isNewThread() {
        return STACK.walk(frames -> frames.limit(FRAMES).anyMatch(frame -> is(frame, "java.lang.Thread", "<init>")));
    }

    /**
     * Properties are a view of their own for each sandbox; only the object that makes the views may not be replaced.
     */
    @Override
    public void checkPropertiesAccess() {
        if (Enclosure.ofThread() != null
            && STACK.walk(frames -> frames.limit(FRAMES)
                .anyMatch(frame -> is(frame, "java.lang.System", "setProperties")))) {
            throw new SecurityException(
                "System.setProperties is refused: set the properties one by one; they are the function's own");
        }
    }

    private static boolean is(StackFrame frame, String type, String method) {
        return frame.getMethodName().equals(method) && frame.getClassName().equals(type);
    }

    @Override
    public void checkRead(String file) {
        checkFile(file);
    }

    @Override
    public void checkRead(String file, Object context) {
        checkFile(file);
    }

    @Override
    public void checkWrite(String file) {
        checkFile(file);
    }

    @Override
    public void checkDelete(String file) {
        checkFile(file);
    }

    private void checkFile(String file) {
        Enclosure current = Enclosure.ofThread();
        if (current != null) {
            String reason = files.refusal(current, file);
            if (reason != null) {
                refuseTenant(THREADS, reason);
            }
        }
    }

    @Override
    public void checkExec(String command) {
        if (Enclosure.ofThread() != null) {
            throw new SecurityException("Processes may not be started (" + command
                + "): the JVM is shared with other functions");
        }
        refuseTenant(EXECUTE, "Processes may not be started");
    }

    @Override
    public void checkRead(FileDescriptor descriptor) {
        checkPermission(READ_DESCRIPTOR);
    }

    @Override
    public void checkWrite(FileDescriptor descriptor) {
        checkPermission(WRITE_DESCRIPTOR);
    }

    // What follows is allowed: the network is the jail's to restrict, the rest is a view of its own or the module
    // system's to refuse.

    @Override
    public void checkPropertyAccess(String key) {
        // a view of its own
    }

    @Override
    public void checkConnect(String host, int port) {
        // allowed
    }

    @Override
    public void checkConnect(String host, int port, Object context) {
        // allowed
    }

    @Override
    public void checkListen(int port) {
        // allowed
    }

    @Override
    public void checkAccept(String host, int port) {
        // allowed
    }

    @Override
    public void checkMulticast(InetAddress address) {
        // allowed
    }

    @Override
    public void checkPackageAccess(String name) {
        // the module system's
    }

    @Override
    public void checkPackageDefinition(String name) {
        // the loader's
    }
}
