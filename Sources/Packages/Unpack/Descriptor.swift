import Glibc

/// An open descriptor that is closed when it goes out of scope.
package final class Descriptor: Sendable {
    package let number: Int32

    init(_ number: Int32) { self.number = number }

    /// Opens `name` below `parent` (openat(2)); nil with errno set when that fails.
    package init?(at parent: Int32, _ name: String, _ flags: Int32, mode: mode_t = 0) {
        let opened = openat(parent, name, flags | O_CLOEXEC, mode)
        // Before `number` is set: else deinit would close -1, which hides the errno.
        guard opened >= 0 else { return nil }
        number = opened
    }

    deinit { close(number) }

    /// Writes all bytes where the last write ended or, with an offset, there; or throws with what the disk said.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64? = nil) throws(PackageError) {
        var rest = bytes[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let done = bytes.count - rest.count
            let count =
                offset.map { pwrite(number, base, rest.count, off_t($0) + off_t(done)) }
                ?? Glibc.write(number, base, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw PackageError.storage("write", errno) }
            rest = rest.dropFirst(count)
        }
    }
}

extension PackageError {
    /// The machine's own disk failed: `package cache: write: No space left on device`.
    package static func storage(_ what: String, _ error: Int32) -> PackageError {
        PackageError(.storageFailed, "package cache: \(what): \(String(cString: strerror(error)))")
    }
}
