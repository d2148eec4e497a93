import CConfinement
import Glibc

/// Becomes a user of its own.
enum Identity {
    /// The rule for who may ask for what: root must name a user, nobody else may.
    static func check(_ user: JailPolicy.User?, effective: UInt32) throws(JailError) {
        guard let user else {
            guard effective != 0 else {
                throw JailError(
                    "running as root: --uid and --gid are required, as uid 0 owns the machine's files even without"
                        + " capabilities")
            }
            return
        }
        guard effective == 0 else {
            throw JailError("--uid \(user.uid): only root can change the user, this is uid \(effective); leave it out")
        }
        guard user.uid != 0, user.gid != 0 else { throw JailError("--uid and --gid must not be 0, which is root") }
    }

    /// Leaves all supplementary groups and takes the group; before the capabilities for it are gone.
    static func takeGroup(_ user: JailPolicy.User) throws(JailError) {
        guard setgroups(0, nil) == 0 else {
            throw JailError("cannot leave supplementary groups: \(JailError.reason(errno))")
        }
        try JailError.check(nest_set_group(user.gid), "--gid \(user.gid)")
    }

    static func takeUser(_ user: JailPolicy.User) throws(JailError) {
        try JailError.check(nest_set_user(user.uid), "--uid \(user.uid)")
        guard getuid() == user.uid, geteuid() == user.uid, getgid() == user.gid, getegid() == user.gid else {
            throw JailError("--uid \(user.uid): the kernel reports uid \(geteuid()), gid \(getegid())")
        }
    }
}
