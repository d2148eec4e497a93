import Glibc
import Synchronization

/// Keeps a duplicate of every listening socket of the pod's sandboxes, for the shim that comes after this one.
///
/// As long as one is open the kernel lets callers connect, and their requests wait in its backlog. Lives as long as the
/// sidecar's process.
public final class SocketStore: Sendable {
    private struct Entry {
        var socket: Int32
        var port: Int
        /// Nothing else of the sandbox was there when the shim last spoke of it.
        var isParked = false
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Those that were given to the present shim, and whether they were parked.
        var given: [String: Bool] = [:]
        var connection: Int32 = -1
        var meeting: CheckedContinuation<Bool, Never>?
    }

    private let state = Mutex(State())

    public init() {}

    deinit { for entry in state.withLock({ $0.entries.values.map { $0 } }) { close(entry.socket) } }

    /// Gives the shim what is there, and follows what it has from now on, until it ends.
    /// - Returns: whether it has taken all.
    /// - Throws: `SystemError` when nobody listens there.
    func meet(path: String) async throws(SystemError) -> Bool {
        let connection = try Sockets.connect(path: path)
        return await withCheckedContinuation { continuation in
            let old = state.withLock { state in
                defer { (state.connection, state.meeting) = (connection, continuation) }
                return (state.connection, state.meeting)
            }
            if old.0 >= 0 { shutdown(old.0, Int32(SHUT_RDWR)) }
            old.1?.resume(returning: false)
            SmallThread.start { self.run(connection) }
        }
    }

    /// Follows the shim no longer; what is kept stays.
    func leave() { state.withLock { if $0.connection >= 0 { shutdown($0.connection, Int32(SHUT_RDWR)) } } }

    /// Whether a sandbox whose socket was given to the present shim had been parked.
    ///
    /// - Returns: nil when it was not given; it is said once.
    func takeGiven(_ uid: String) -> Bool? { state.withLock { $0.given.removeValue(forKey: uid) } }

    /// Whether that sandbox's callers can connect, though no shim runs it.
    func isGiven(_ uid: String) -> Bool { state.withLock { $0.given[uid] != nil } }

    func note(_ uid: String, isParked: Bool) { state.withLock { $0.entries[uid]?.isParked = isParked } }

    var count: Int { state.withLock { $0.entries.count } }

    private func run(_ connection: Int32) {
        give(over: connection)
        while let (record, descriptor) = Sockets.receive(from: connection) {
            switch (SocketRecord(record), descriptor) {
            case (.listens(let uid, let port), let socket?): keep(uid, Entry(socket: socket, port: port))
            case (.closed(let uid), _): keep(uid, nil)
            case (.met, _): finishMeeting(true, connection)
            case (_, let other?): close(other)
            default: break
            }
        }
        finishMeeting(false, connection)
        state.withLock { if $0.connection == connection { $0.connection = -1 } }
        close(connection)
    }

    /// The thread has nothing else to do, so it waits while the shim takes its time.
    private func give(over connection: Int32) {
        let entries = state.withLock { state in
            state.given = state.entries.mapValues(\.isParked)
            return state.entries
        }
        var outbox = Outbox()
        do {
            for (uid, entry) in entries {
                let record = SocketRecord.listens(uid: uid, port: entry.port)
                try outbox.send(record.bytes, passing: [entry.socket], over: connection)
            }
            try outbox.send(SocketRecord.met.bytes, passing: [], over: connection)
            while outbox.isWaiting {
                var room = pollfd(fd: connection, events: Int16(POLLOUT), revents: 0)
                guard poll(&room, 1, 10_000) > 0 else { return }
                try outbox.flush(over: connection)
            }
        } catch {
            // The shim has ended again.
            shutdown(connection, Int32(SHUT_RDWR))
        }
    }

    private func keep(_ uid: String, _ entry: Entry?) {
        let old = state.withLock { state in
            let old = state.entries.removeValue(forKey: uid)
            state.entries[uid] = entry
            if entry == nil { state.given[uid] = nil }
            if let old, entry != nil { state.entries[uid]?.isParked = old.isParked }
            return old
        }
        if let old { close(old.socket) }
    }

    private func finishMeeting(_ isDone: Bool, _ connection: Int32) {
        let meeting = state.withLock { state in
            guard state.connection == connection else { return nil as CheckedContinuation<Bool, Never>? }
            defer { state.meeting = nil }
            return state.meeting
        }
        meeting?.resume(returning: isDone)
    }
}
