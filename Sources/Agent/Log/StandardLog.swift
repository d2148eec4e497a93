import Glibc
import KubeAPI
import NIOCore
import NIOPosix
import Synchronization

/// Writes what sandboxes print to a descriptor, in the form of `PodLogLine`, for whoever collects a container's output.
///
/// A reader that does not keep up loses lines and is told how many: neither the shim nor a function waits for it.
final class StandardLog: Sendable {
    private let descriptor: Int32
    /// nil for what can be written at any time, such as a plain file.
    private let channel: (any Channel)?
    private let dropped = Mutex(0)

    /// - Parameters:
    ///   - descriptor: stays open for as long as the process runs.
    ///   - loop: where `write` is called.
    /// - Throws: `SystemError` for a descriptor that is not open.
    init(_ descriptor: Int32, loop: any EventLoop) async throws {
        self.descriptor = descriptor
        var status = stat()
        _ = try SystemError.check("standard output") { fstat(descriptor, &status) }
        guard [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) || isatty(descriptor) == 1 else {
            channel = nil
            return
        }
        let copy = try SystemError.check("dup") { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
        channel = try await NIOPipeBootstrap(group: loop).takingOwnershipOfDescriptor(output: copy).get()
    }

    /// Takes whole lines of a sandbox's log.
    func write(_ lines: [UInt8], of sandbox: String) {
        var text: [UInt8] = []
        let parts = lines.split(separator: 10, omittingEmptySubsequences: true)
        for line in parts {
            text += PodLogLine(line, of: sandbox, at: Timestamp(seconds: 0)).text
            text.append(10)
        }
        guard let channel else {
            _ = Glibc.write(descriptor, text, text.count)
            return
        }
        guard channel.isWritable else { return dropped.withLock { $0 += parts.count } }
        let lost = dropped.withLock { lost in
            defer { lost = 0 }
            return lost
        }
        if lost > 0 { text = Array("nest: \(lost) lines of sandboxes were lost: nobody read them\n".utf8) + text }
        channel.writeAndFlush(ByteBuffer(bytes: text), promise: nil)
    }
}
