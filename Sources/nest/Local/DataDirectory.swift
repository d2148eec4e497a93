import Foundation

/// The one place where a `nest up` keeps its state.
///
/// Held by one process at a time.
final class DataDirectory: Sendable {
    let path: String
    private let lock: Int32

    var kubeconfig: String { path + "/kubeconfig" }
    /// The sidecars' credentials: the same as the kubeconfig, as JSON.
    var agentKubeconfig: String { path + "/agent-kubeconfig.json" }
    var api: String { path + "/api" }
    /// The pods' directories and the package cache.
    var machine: String { path + "/machine" }

    /// Root keeps state in `/var/lib/nest`, others in their XDG data folder.
    static var standard: String {
        if geteuid() == 0 { return "/var/lib/nest" }
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.local/share"
        return data + "/nest"
    }

    /// Makes the directory where there is none, and takes it.
    /// - Throws: `Failure` when another process holds it or it cannot be made.
    init(_ path: String) throws {
        self.path = URL(filePath: path).standardizedFileURL.path
        do {
            // Others may pass (each sandbox's user must reach its own files) but not look.
            try FileManager.default.createDirectory(
                atPath: self.path + "/machine", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o711])
        } catch {
            throw Failure("--data \(self.path) cannot be made: \(error.localizedDescription)")
        }
        lock = open(self.path + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw Failure("--data \(self.path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw Failure(
                "--data \(self.path) is in use by another nest. Stop it first, or give another directory.")
        }
    }

    deinit { close(lock) }

    /// Replaces a file whole, readable by its owner only.
    static func writePrivately(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure("\(path) cannot be written: \(String(cString: strerror(errno)))") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
        guard rename(temporary, path) == 0 else {
            throw Failure("\(path) cannot be replaced: \(String(cString: strerror(errno)))")
        }
    }
}
