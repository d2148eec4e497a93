import Dispatch
import Glibc
import Synchronization

/// An archive while it comes: one thread fetches, one unpacks what is there already.
///
/// What is unpacked early is worth nothing until the digest of the whole has been found right.
final class ArchiveStream: Sendable {
    private struct State {
        var file: Descriptor?
        /// Bytes from the beginning that are in the file.
        var available: Int64 = 0
        /// No more will come.
        var isWhole = false
        /// Whether the archive is the one that is wanted; nil: not known yet.
        var isGood: Bool?
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    // MARK: The one that fetches

    func begin(_ file: Descriptor) { change { $0.file = file } }
    func advance(to end: Int64) { change { $0.available = max($0.available, end) } }
    func end() { change { $0.isWhole = true } }

    /// The last word; only the first counts.
    func decide(isGood: Bool) {
        change { state in
            state.isGood = state.isGood ?? isGood
            state.isWhole = true
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        news.signal()
    }

    // MARK: The one that unpacks

    /// Bytes from the beginning that are there.
    var available: Int64 { state.withLock { $0.available } }

    /// Waits until there are bytes at `offset`, and reads them; none: the archive ends there.
    /// - Throws: when it has been given up.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(PackageError) -> Int {
        while true {
            let now = state.withLock { ($0.file, $0.available, $0.isWhole, $0.isGood) }
            guard now.3 != false else { throw Self.givenUp }
            if let file = now.0, now.1 > offset {
                let wanted = Int(min(Int64(buffer.count), now.1 - offset))
                let count = pread(file.number, buffer.baseAddress, wanted, off_t(offset))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw PackageError.storage("read", errno) }
                return count
            }
            if now.2 { return 0 }
            news.wait()
        }
    }

    /// Waits for the last word.
    /// - Throws: unless it is a good one.
    func waitUntilGood() throws(PackageError) {
        while true {
            if let isGood = state.withLock({ $0.isGood }) {
                guard isGood else { throw Self.givenUp }
                return
            }
            news.wait()
        }
    }

    private static var givenUp: PackageError { PackageError(.cancelled, "the archive did not come whole") }
}

/// Gives libarchive a stream's bytes.
final class ArchiveStreamSource {
    private let stream: ArchiveStream
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var offset: Int64 = 0

    init(_ stream: ArchiveStream) { self.stream = stream }

    deinit { buffer.deallocate() }

    /// Whether it begins as a zip archive does: what its files are is at its end.
    func isZip() throws(PackageError) -> Bool {
        var filled = 0
        while filled < 2 {
            let count = try stream.read(at: Int64(filled), into: .init(rebasing: buffer[filled..<2]))
            guard count > 0 else { return false }
            filled += count
        }
        return buffer[0] == UInt8(ascii: "P") && buffer[1] == UInt8(ascii: "K")
    }

    /// The next bytes; nil: the stream was given up.
    func next() -> UnsafeRawBufferPointer? {
        guard let count = try? stream.read(at: offset, into: buffer) else { return nil }
        offset += Int64(count)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
