import FoundationEssentials
import Glibc

/// The word that opens a machine's metrics: a file that only its owner may read.
enum MetricsToken {
    /// Makes the file where there is none.
    static func make(at path: String) throws(SystemError) {
        guard access(path, F_OK) != 0 else { return }
        var random = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in String(random.next() as UInt64, radix: 16) }
        let text = words.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined() + "\n"
        let draft = path + ".new"
        unlink(draft)
        let descriptor = try SystemError.check("cannot write \(draft)") {
            open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemError("cannot write \(draft)") }
        guard rename(draft, path) == 0 else { throw SystemError("cannot rename \(draft)") }
    }

    /// What is in the file now, so that it can be replaced; empty, which admits nobody, when there is none.
    static func read(_ path: String) -> [UInt8] {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return bytes.prefix(4096).filter { $0 > 0x20 && $0 < 0x7f }
    }
}
