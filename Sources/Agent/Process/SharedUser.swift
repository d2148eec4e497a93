import Confinement
import Glibc

/// What an ordinary user's processes owe each other: without root, sandboxes run as the same user as their keepers.
enum SharedUser {
    /// Hides this process's memory, environment and descriptors from the sandboxes where they share its user.
    ///
    /// It throws when the kernel refuses: whoever holds credentials must not go on then.
    static func hideFromSandboxes() throws {
        guard geteuid() != 0 else { return }
        guard ProcessPrivacy.hideFromSameUser() else {
            throw SystemError("cannot hide this process from sandboxes of the same user")
        }
    }
}
