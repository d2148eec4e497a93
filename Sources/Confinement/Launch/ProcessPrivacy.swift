import CConfinement

/// Protection of our own processes from tenants that run as the same user (level `Reduced`).
public enum ProcessPrivacy {
    /// Makes this process's memory, environment and descriptors unreadable through /proc and ptrace(2).
    ///
    /// Whoever holds secrets calls this first thing: at a shared user a tenant could otherwise open `/proc/PID/mem`, which
    /// no system call filter can tell from any other file. It also turns core dumps off, and ends at exec.
    ///
    /// The answer is false when the kernel refuses.
    public static func hideFromSameUser() -> Bool { nest_set_dumpable(false) == 0 }
}
