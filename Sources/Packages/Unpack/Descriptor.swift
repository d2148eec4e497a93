import Glibc

/// An open descriptor that is closed when it goes out of scope.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    /// Opens `name` below `parent` (openat(2)); nil with errno set when that fails.
    init?(at parent: Int32, _ name: String, _ flags: Int32, mode: mode_t = 0) {
        let opened = openat(parent, name, flags | O_CLOEXEC, mode)
        // Before `number` is set: else deinit would close -1, which hides the errno.
        guard opened >= 0 else { return nil }
        number = opened
    }

    deinit { close(number) }

    /// Writes all bytes, or throws with what the disk said.
    func write(_ bytes: UnsafeRawBufferPointer) throws(PackageError) {
        var rest = bytes[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let count = Glibc.write(number, base, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw PackageError.storage("write", errno) }
            rest = rest.dropFirst(count)
        }
    }
}

extension PackageError {
    /// The machine's own disk failed: `package cache: write: No space left on device`.
    static func storage(_ what: String, _ error: Int32) -> PackageError {
        PackageError(.storageFailed, "package cache: \(what): \(String(cString: strerror(error)))")
    }
}
