import Foundation

/// A process of a test, started with posix_spawn so that it inherits exactly what it is given.
final class Spawned {
    struct Result {
        /// The exit status, or minus the signal.
        var status: Int32
        var output: String
        var errors: String
    }

    struct Failure: Error { var message: String }

    let pid: pid_t
    private let output: FileHandle
    private let errors: FileHandle
    private var ended: Int32?

    /// Starts `command`, whose first word is a path or is looked up in PATH.
    ///
    /// The environment replaces the test's own; `descriptors` maps numbers in the child to descriptors here.
    init(_ command: [String], environment: [String: String] = [:], descriptors: [Int32: Int32] = [:]) throws {
        let outPipe = Pipe()
        let errorPipe = Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outPipe.fileHandleForWriting.fileDescriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, errorPipe.fileHandleForWriting.fileDescriptor, 2)
        for (child, own) in descriptors { posix_spawn_file_actions_adddup2(&actions, own, child) }
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        variables.merge(environment) { $1 }
        let arguments = command.map { strdup($0) } + [nil]
        let environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, command[0], &actions, nil, arguments, environment)
        guard error == 0 else { throw Failure(message: "\(command[0]): \(String(cString: strerror(error)))") }
        self.pid = pid
        output = outPipe.fileHandleForReading
        errors = errorPipe.fileHandleForReading
        try outPipe.fileHandleForWriting.close()
        try errorPipe.fileHandleForWriting.close()
    }

    deinit { if ended == nil { _ = kill() } }

    /// Reads the next line of its output.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try output.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns when every writer of its output has gone.
    func outputEnds() throws { _ = try output.readToEnd() }

    func kill(_ signal: Int32 = SIGKILL) -> Int32 {
        Foundation.kill(pid, signal)
        return reap()
    }

    func wait() throws -> Result {
        // Short outputs only: both fit into their pipes, so reading one after the other cannot hang.
        let output = try output.readToEnd() ?? Data()
        let errors = try errors.readToEnd() ?? Data()
        return Result(
            status: reap(), output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    private func reap() -> Int32 {
        if let ended { return ended }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let result = status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        ended = result
        return result
    }
}
