import Glibc

/// A log file of bounded size, whose last lines are kept in memory.
///
/// At the limit it becomes `PATH.1` and a new one begins.
struct BoundedLog: ~Copyable {
    static let limit = 1 << 20
    private static let tailLimit = 8192

    private let path: String
    private var descriptor: Int32
    private var size: Int
    private var tailBytes: [UInt8] = []

    /// Appends to `path`, which is made with mode 0600.
    init(path: String) throws(SystemError) {
        self.path = path
        descriptor = try Self.open(path)
        size = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    mutating func append(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        if size + bytes.count > Self.limit { rotate() }
        // A full disk loses log lines, never the function.
        let written = write(descriptor, bytes, bytes.count)
        if written > 0 { size += written }
        tailBytes += bytes.suffix(Self.tailLimit)
        if tailBytes.count > Self.tailLimit { tailBytes.removeFirst(tailBytes.count - Self.tailLimit) }
    }

    /// The last lines, at most `lines`.
    func tail(lines: Int = 20) -> String {
        let text = String(decoding: tailBytes, as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    private mutating func rotate() {
        guard rename(path, path + ".1") == 0, let next = try? Self.open(path) else { return }
        close(descriptor)
        descriptor = next
        size = 0
    }

    private static func open(_ path: String) throws(SystemError) -> Int32 {
        try SystemError.check("cannot open \(path)") {
            Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
    }
}
