import Glibc

/// A process to start: posix_spawn(3), because a forked Swift runtime is broken and a fork of a large parent is slow.
struct ProcessSpec {
    /// argv; the first is the path.
    var arguments: [String]
    var environment: [String: String]
    /// The working directory; nil: the parent's.
    var directory: String?
    /// Descriptors of the parent that become 0, 1, 2 and so on in the child; all others are closed.
    var descriptors: [Int32]

    /// Starts it as the leader of a session and process group of its own, with all signals at their defaults.
    /// - Returns: its process id.
    func spawn() throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let directory { try LinuxCalls.add(directory: directory, to: &actions) }
        // Source and target numbers may overlap, so they first move out of the way.
        let parked = descriptors.indices.map { Int32(1000 + $0) }
        for (source, target) in zip(descriptors, parked) {
            posix_spawn_file_actions_adddup2(&actions, source, target)
        }
        for (index, source) in parked.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, Int32(index))
        }
        try LinuxCalls.closeDescriptors(from: descriptors.count, in: &actions)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | newSession
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return try start(&actions, &attributes)
    }

    private func start(
        _ actions: inout posix_spawn_file_actions_t, _ attributes: inout posix_spawnattr_t
    ) throws(SystemError) -> pid_t {
        var pid: pid_t = 0
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let failure = withCStrings(arguments) { argv in
            withCStrings(variables) { envp in
                posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard failure == 0 else { throw SystemError("cannot start \(arguments[0])", code: failure) }
        return pid
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        // The array is never empty: it ends with NULL.
        guard let base = buffer.baseAddress else { fatalError("an array with an element has an address") }
        return body(base)
    }
}
