import Glibc

/// Functions of glibc that Swift's module map leaves out (they need `_GNU_SOURCE`, or are variadic), found by name.
///
/// All have been there since glibc 2.34 or longer; a call that is missing fails with ENOSYS where it is needed.
enum LinuxCalls {
    private typealias SystemCall = @convention(c) (Int, Int, Int) -> Int
    private typealias SystemCall4 = @convention(c) (Int, Int, Int, Int) -> Int
    private typealias Prlimit =
        @convention(c) (
            pid_t, Int32, UnsafePointer<rlimit>?, UnsafeMutablePointer<rlimit>?
        ) -> Int32
    private typealias AddPath =
        @convention(c) (
            UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>
        ) -> Int32
    private typealias AddNumber = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    private static func find<Function>(_ name: String, as type: Function.Type) throws(SystemError) -> Function {
        guard let symbol = dlsym(nil, name) else { throw SystemError("libc has no \(name)", code: ENOSYS) }
        return unsafeBitCast(symbol, to: type)
    }

    /// pidfd_open(2), which has number 434 on every architecture.
    static func openPidfd(_ pid: pid_t) throws(SystemError) -> Int32 {
        let call = try find("syscall", as: SystemCall.self)
        return Int32(try SystemError.check("pidfd_open \(pid)") { call(434, Int(pid), 0) })
    }

    /// Lets this process open as many descriptors as it may (RLIMIT_NOFILE).
    static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Sets the soft and hard limit on the private memory of another process (prlimit(2), RLIMIT_DATA).
    ///
    /// Containers rarely have CAP_SYS_RESOURCE; without it the kernel demands that the caller's real user and group
    /// are the target's. So where it refuses, this one thread takes them for the length of the call: only the real
    /// ones, so no privilege is lost, and by raw system calls, which unlike glibc's wrappers spare the other threads.
    static func limitData(of pid: pid_t, user: (uid: UInt32, gid: UInt32)?, to bytes: UInt64) throws(SystemError) {
        do {
            try setDataLimit(of: pid, to: bytes)
        } catch {
            guard error.code == EPERM, let user else { throw error }
            let (uid, gid) = (getuid(), getgid())
            try setRealGroup(gid: user.gid)
            defer { try? setRealGroup(gid: gid) }
            try setRealUser(uid: user.uid)
            defer { try? setRealUser(uid: uid) }
            try setDataLimit(of: pid, to: bytes)
        }
    }

    private static func setDataLimit(of pid: pid_t, to bytes: UInt64) throws(SystemError) {
        let call = try find("prlimit", as: Prlimit.self)
        var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
        _ = try SystemError.check("cannot limit the memory of process \(pid)") {
            call(pid, Int32(RLIMIT_DATA.rawValue), &limit, nil)
        }
    }

    #if arch(x86_64)
        private static let setresuid = 117
        private static let setresgid = 119
    #else
        private static let setresuid = 147
        private static let setresgid = 149
    #endif

    private static func setRealUser(uid: UInt32) throws(SystemError) {
        let call = try find("syscall", as: SystemCall4.self)
        _ = try SystemError.check("cannot act as user \(uid)") { call(setresuid, Int(uid), -1, -1) }
    }

    private static func setRealGroup(gid: UInt32) throws(SystemError) {
        let call = try find("syscall", as: SystemCall4.self)
        _ = try SystemError.check("cannot act as group \(gid)") { call(setresgid, Int(gid), -1, -1) }
    }

    /// Makes the spawned process start in `directory`.
    static func add(directory: String, to actions: inout posix_spawn_file_actions_t) throws(SystemError) {
        _ = try find("posix_spawn_file_actions_addchdir_np", as: AddPath.self)(&actions, directory)
    }

    /// Closes all descriptors from `first` on in the spawned process.
    static func closeDescriptors(from first: Int, in actions: inout posix_spawn_file_actions_t) throws(SystemError) {
        _ = try find("posix_spawn_file_actions_addclosefrom_np", as: AddNumber.self)(&actions, Int32(first))
    }

    /// A pipe that no started process inherits.
    static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        _ = try SystemError.check("pipe") { Glibc.pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
