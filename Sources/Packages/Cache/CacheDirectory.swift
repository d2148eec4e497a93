import Glibc
import Synchronization

/// The cache on disk.
///
///     DIRECTORY                    0711: whoever knows a digest may enter, nobody may list
///     ├─ sha256-…/ inline-…/       0555: finished trees, which appear whole by rename(2)
///     ├─ usage/                    0700: see CacheDirectory+Usage
///     └─ tmp/                      0700
///        ├─ lock                   held while a workspace is made or swept
///        └─ <random>/, <random>.lock    one for each open cache; flock(2) tells the living from the dead
///
/// Processes share it without talking: whoever finishes a tree first wins, the other's is thrown away.
final class CacheDirectory: Sendable {
    /// Absolute, without links.
    let path: String
    let root: Descriptor
    let usage: Descriptor
    private let temporary: Descriptor
    let workspace: Descriptor
    private let workspaceName: String
    /// Locked as long as this lives; the kernel lets go of it even after SIGKILL.
    private let lock: Descriptor
    private let lastNumber = Atomic<UInt64>(0)

    init(_ directory: String) throws(PackageError) {
        path = try Self.create(directory)
        root = try Self.openDirectory(AT_FDCWD, path, mode: 0o711)
        usage = try Self.openDirectory(root.number, "usage", mode: 0o700)
        temporary = try Self.openDirectory(root.number, "tmp", mode: 0o700)
        let guardLock = try Self.lockFile(temporary.number, "lock", wait: true)
        Self.sweep(temporary)
        workspaceName = String(UInt64.random(in: .min ... .max), radix: 36)
        lock = try Self.lockFile(temporary.number, "\(workspaceName).lock", wait: false)
        workspace = try Self.openDirectory(temporary.number, workspaceName, mode: 0o700)
        withExtendedLifetime(guardLock) {}
    }

    deinit {
        removeTree(at: temporary.number, workspaceName)
        unlinkat(temporary.number, "\(workspaceName).lock", 0)
    }

    /// Whether the tree is there, whole.
    func contains(_ tree: String) -> Bool {
        var status = stat()
        return fstatat(root.number, tree, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A file without a name: it is gone when it is closed, whatever happens to this process.
    func makeNamelessFile() throws(PackageError) -> Descriptor {
        let name = nextName("archive")
        guard let file = Descriptor(at: workspace.number, name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600) else {
            throw PackageError.storage("create a temporary file", errno)
        }
        unlinkat(workspace.number, name, 0)
        return file
    }

    /// Lets `fill` write a tree and say how many bytes it takes, then publishes it as `tree`; nothing is left when `fill`
    /// throws.
    func publish(
        _ tree: String, fill: (Descriptor) throws(PackageError) -> Int64
    ) throws(PackageError) {
        let name = nextName("tree")
        let directory = try Self.openDirectory(workspace.number, name, mode: 0o700)
        defer { removeTree(at: workspace.number, name) }
        try record(tree, bytes: try fill(directory))
        guard renameat(workspace.number, name, root.number, tree) == 0 else {
            let error = errno
            // Another process was first with the same content.
            if [EEXIST, ENOTEMPTY].contains(error) && contains(tree) { return }
            throw PackageError.storage("rename to \(tree)", error)
        }
        guard fchmod(directory.number, 0o555) == 0 else { throw PackageError.storage("chmod \(tree)", errno) }
    }

    func nextName(_ kind: String) -> String {
        "\(kind)-\(lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)"
    }
}

extension CacheDirectory {
    /// Makes the directory and its parents, and returns its path without links.
    private static func create(_ directory: String) throws(PackageError) -> String {
        var made = directory.hasPrefix("/") ? "" : "."
        for name in directory.split(separator: "/") {
            made += "/\(name)"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw PackageError.storage("mkdir \(made)", errno) }
        }
        guard let resolved = realpath(directory, nil) else { throw PackageError.storage(directory, errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func openDirectory(_ parent: Int32, _ name: String, mode: mode_t) throws(PackageError) -> Descriptor
    {
        guard mkdirat(parent, name, mode) == 0 || errno == EEXIST else {
            throw PackageError.storage("mkdir \(name)", errno)
        }
        guard let directory = Descriptor(at: parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
            throw PackageError.storage(name, errno)
        }
        var status = stat()
        guard fstat(directory.number, &status) == 0, status.st_uid == geteuid() else {
            throw PackageError(
                .storageFailed, "package cache: \(name) belongs to another user; choose another directory")
        }
        guard fchmod(directory.number, mode) == 0 else { throw PackageError.storage("chmod \(name)", errno) }
        return directory
    }

    static func lockFile(
        _ parent: Int32, _ name: String, wait: Bool, shared: Bool = false
    ) throws(PackageError) -> Descriptor {
        guard let file = Descriptor(at: parent, name, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600),
            flock(file.number, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)) == 0
        else { throw PackageError.storage("lock \(name)", errno) }
        return file
    }

    /// Removes the workspaces of processes that have ended; called with the lock held.
    private static func sweep(_ temporary: Descriptor) {
        let suffix = ".lock"
        for name in names(in: temporary) where name.hasSuffix(suffix) {
            guard let file = Descriptor(at: temporary.number, name, O_RDWR | O_NOFOLLOW),
                flock(file.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            removeTree(at: temporary.number, String(name.dropLast(suffix.count)))
            unlinkat(temporary.number, name, 0)
        }
    }
}
