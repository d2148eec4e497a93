import Glibc

/// What of a directory goes into a package, in the order in which it goes there.
///
/// A directory comes before what is in it, and names follow each other byte by byte, so that the order is that of no
/// file system. Only what can be unpacked again is taken.
struct SourceTree {
    struct Entry: Equatable {
        enum Kind: Equatable {
            case directory
            case file(bytes: Int64, executable: Bool)
            case link(target: String)
        }

        var path: EntryPath
        var kind: Kind
    }

    /// A file, whatever its name.
    struct Identity: Equatable {
        let device: dev_t
        let number: ino_t

        init(_ status: stat) { (device, number) = (status.st_dev, status.st_ino) }
    }

    let root: Descriptor
    private(set) var entries: [Entry] = []
    private let limits: PackageLimits
    private let skipped: Identity?
    /// Without an archive to compare with, the ratio is checked once there is one.
    private var meter: UnpackMeter

    /// - Parameters:
    ///   - directory: the package's top.
    ///   - skipped: a file that is left out, wherever it lies: the archive of the last time.
    ///   - limits: what may be unpacked again.
    /// - Throws: for what cannot be read, and for what no package may hold.
    init(_ directory: String, skipping skipped: Identity?, limits: PackageLimits) throws(PackageError) {
        guard let root = Descriptor(at: AT_FDCWD, directory, O_RDONLY | O_DIRECTORY) else {
            throw Self.unreadable(directory, errno)
        }
        self.root = root
        self.limits = limits
        self.skipped = skipped
        meter = UnpackMeter(limits: limits, archiveBytes: { .max / max(1, limits.ratio) })
        try walk(root, "")
        guard !entries.isEmpty else { throw PackageError(.invalidSource, "\(directory) holds no files") }
    }

    /// Bytes of all files.
    var bytes: Int64 { meter.bytes }

    private mutating func walk(_ directory: Descriptor, _ prefix: String) throws(PackageError) {
        for name in names(in: directory).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let path = try checked(prefix + name)
            var status = stat()
            guard fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw Self.unreadable(path.description, errno)
            }
            if Identity(status) == skipped { continue }
            let kind = try kind(of: path, status, in: directory)
            try meter.countEntry()
            entries.append(Entry(path: path, kind: kind))
            guard kind == .directory else { continue }
            guard let child = Descriptor(at: directory.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
                throw Self.unreadable(path.description, errno)
            }
            try walk(child, "\(path.description)/")
        }
    }

    private mutating func kind(
        of path: EntryPath, _ status: stat, in directory: Descriptor
    ) throws(PackageError) -> Entry.Kind {
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG:
            try meter.count(bytes: Int(status.st_size))
            return .file(bytes: Int64(status.st_size), executable: status.st_mode & S_IXUSR != 0)
        case S_IFLNK:
            let target = try Self.target(of: path, in: directory)
            do throws(EntryPath.Refusal) { try path.checkLink(to: target, limits: limits) } catch {
                throw PackageError.unsafe(path.description, error.reason)
            }
            return .link(target: target)
        default:
            throw PackageError.unsafe(
                path.description, "is a special file; only files, directories and links are packed")
        }
    }

    private func checked(_ name: String) throws(PackageError) -> EntryPath {
        do throws(EntryPath.Refusal) {
            guard let path = try EntryPath.parse(name, limits: limits) else {
                throw EntryPath.Refusal(reason: "has no name")
            }
            return path
        } catch {
            throw PackageError.unsafe(name, error.reason)
        }
    }

    private static func target(of path: EntryPath, in directory: Descriptor) throws(PackageError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(directory.number, path.name, &buffer, buffer.count)
        guard count >= 0 else { throw unreadable(path.description, errno) }
        guard let target = String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
            throw PackageError.unsafe(path.description, "is a link whose target is not UTF-8")
        }
        return target
    }

    static func unreadable(_ path: String, _ error: Int32) -> PackageError {
        PackageError(error == ENOENT ? .notFound : .fetchFailed, "\(path): \(String(cString: strerror(error)))")
    }
}
