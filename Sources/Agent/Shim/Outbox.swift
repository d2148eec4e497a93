import Glibc

/// What a host is told, in order, also while its channel is full.
///
/// A host that holds many sandboxes may be told more at once than a socket takes. Bounded: one that does not read is broken.
struct Outbox: ~Copyable {
    /// The most bytes that wait.
    static let limit = 8 << 20

    private struct Letter {
        var bytes: ArraySlice<UInt8>
        /// Ours, to be closed when they have been passed.
        var descriptors: [Int32]
    }

    private var letters: [Letter] = []
    private var size = 0

    init() {}

    deinit { for letter in letters { for descriptor in letter.descriptors { close(descriptor) } } }

    /// Something waits for room.
    var isWaiting: Bool { !letters.isEmpty }

    /// Sends at once what the socket takes, and keeps the rest for `flush`.
    mutating func send(_ bytes: [UInt8], passing descriptors: [Int32], over socket: Int32) throws(SystemError) {
        guard size + bytes.count <= Self.limit else {
            throw SystemError("a runtime host does not read its channel", code: EAGAIN)
        }
        var copies: [Int32] = []
        if isWaiting { for descriptor in descriptors { copies.append(fcntl(descriptor, F_DUPFD_CLOEXEC, 3)) } }
        guard !isWaiting else { return keep(bytes[...], copies) }
        let sent = try Sockets.send(bytes[...], passing: descriptors, over: socket)
        guard sent < bytes.count else { return }
        if sent == 0 { for descriptor in descriptors { copies.append(fcntl(descriptor, F_DUPFD_CLOEXEC, 3)) } }
        keep(bytes[sent...], copies)
    }

    /// Sends what waits, as far as the socket takes it.
    mutating func flush(over socket: Int32) throws(SystemError) {
        while let letter = letters.first {
            let sent = try Sockets.send(letter.bytes, passing: letter.descriptors, over: socket)
            guard sent > 0 else { return }
            // They went with the first byte.
            for descriptor in letter.descriptors { close(descriptor) }
            letters[0].descriptors = []
            letters[0].bytes = letter.bytes.dropFirst(sent)
            size -= sent
            if letters[0].bytes.isEmpty { letters.removeFirst() }
        }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>, _ descriptors: [Int32]) {
        letters.append(Letter(bytes: bytes, descriptors: descriptors))
        size += bytes.count
    }
}
