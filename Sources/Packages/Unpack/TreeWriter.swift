import Glibc

/// Writes a package's files below one directory and nowhere else.
///
/// Every step opens one name in a directory that is already open, and never follows a link (O_NOFOLLOW), so even a path
/// that slipped through the checks by name could not leave the tree. Nothing is written twice.
final class TreeWriter {
    private let root: Descriptor
    private let limits: PackageLimits
    private(set) var meter: UnpackMeter
    /// Below the root, in the order in which they were made.
    private var directories: [String] = []
    /// Archives name the files of a directory one after another: the last parent is most often the next one's.
    private var lastParent: (path: ArraySlice<String>, descriptor: Descriptor)?

    init(root: Descriptor, limits: PackageLimits, archiveBytes: @escaping @autoclosure () -> Int64) {
        self.root = root
        self.limits = limits
        meter = UnpackMeter(limits: limits, archiveBytes: archiveBytes)
    }

    func makeDirectory(_ path: EntryPath) throws(PackageError) { _ = try open(path.components[...], of: path) }

    /// A file to be filled by `fill`, which is given what writes a piece.
    func makeFile(
        _ path: EntryPath, executable: Bool,
        fill: ((UnsafeRawBufferPointer) throws(PackageError) -> Void) throws(PackageError) -> Void
    ) throws(PackageError) {
        try meter.countEntry()
        let parent = try open(path.parent, of: path)
        guard let file = Descriptor(at: parent.number, path.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        else { throw Self.failure(path, errno) }
        try fill { bytes throws(PackageError) in
            try self.meter.count(bytes: bytes.count)
            try file.write(bytes)
        }
        // From here on nobody writes it; set-user-ID and the like never get through.
        guard fchmod(file.number, executable ? 0o555 : 0o444) == 0 else { throw Self.failure(path, errno) }
    }

    func makeSymbolicLink(_ path: EntryPath, to target: String) throws(PackageError) {
        do throws(EntryPath.Refusal) { try path.checkLink(to: target, limits: limits) } catch {
            throw PackageError.unsafe(path.description, error.reason)
        }
        try meter.countEntry()
        let parent = try open(path.parent, of: path)
        guard symlinkat(target, parent.number, path.name) == 0 else { throw Self.failure(path, errno) }
    }

    /// A second name of a regular file that is already there.
    func makeHardLink(_ path: EntryPath, to target: EntryPath) throws(PackageError) {
        try meter.countEntry()
        let source = try open(target.parent, of: path)
        var status = stat()
        // A hard link to a symbolic link would move it to a place that its target was not checked for.
        guard fstatat(source.number, target.name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else {
            throw PackageError.unsafe(path.description, "is a hard link to \(target.description), no file before it")
        }
        let parent = try open(path.parent, of: path)
        guard linkat(source.number, target.name, parent.number, path.name, 0) == 0 else {
            throw Self.failure(path, errno)
        }
    }

    /// Makes all directories but the root read-only; a directory must be writable by its owner to be renamed.
    func seal() throws(PackageError) {
        lastParent = nil
        for directory in directories where fchmodat(root.number, directory, 0o555, 0) != 0 {
            throw PackageError.storage("chmod \(directory)", errno)
        }
    }

    /// The directory `components`, made where it is missing.
    private func open(_ components: ArraySlice<String>, of path: EntryPath) throws(PackageError) -> Descriptor {
        if let lastParent, lastParent.path == components { return lastParent.descriptor }
        var current = root
        for (index, name) in components.enumerated() {
            if let next = Descriptor(at: current.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) {
                current = next
                continue
            }
            guard errno == ENOENT else { throw Self.failure(path, errno, at: name) }
            try meter.countEntry()
            guard mkdirat(current.number, name, 0o700) == 0,
                let made = Descriptor(at: current.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            else { throw Self.failure(path, errno, at: name) }
            directories.append(components.prefix(index + 1).joined(separator: "/"))
            current = made
        }
        lastParent = (components, current)
        return current
    }

    private static func failure(_ path: EntryPath, _ error: Int32, at name: String? = nil) -> PackageError {
        switch error {
        case EEXIST: .unsafe(path.description, "is there twice")
        case ENOTDIR, ELOOP: .unsafe(path.description, "goes through \"\(name ?? "")\", which is a file or a link")
        default: .storage(path.description, error)
        }
    }
}

extension PackageError {
    /// `entry "../../etc/passwd" would leave the package`.
    static func unsafe(_ name: String, _ reason: String) -> PackageError {
        let shown = String(name.unicodeScalars.prefix(200).map { $0.value < 0x20 ? "?" : Character($0) })
        return PackageError(.unsafePath, "entry \"\(shown)\" \(reason)")
    }
}
