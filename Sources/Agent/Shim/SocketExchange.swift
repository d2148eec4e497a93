import Glibc
import Synchronization

/// The shim's end of the socket on which it gives its listening sockets to the sidecar, so that they outlive it.
///
/// One sidecar at a time: a new one takes the place of the last.
final class SocketExchange: Sendable {
    enum Event: Sendable {
        /// A sidecar is there; its connection is the receiver's to write to until `left`.
        case arrived(Int32)
        /// What it has kept; the descriptor is the receiver's.
        case kept(uid: String, port: Int, socket: Int32)
        case met(Int32)
        /// It is gone. Once this returns the connection is closed.
        case left(Int32)
    }

    private struct State {
        var connection: Int32 = -1
        var isStopped = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let onEvent: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - path: where it listens.
    ///   - onEvent: called on a thread of its own, and waited for.
    /// - Throws: `SystemError` when it cannot listen there.
    init(path: String, onEvent: @escaping @Sendable (Event) -> Void) throws(SystemError) {
        listener = try Sockets.listen(path: path)
        self.onEvent = onEvent
        SmallThread.start { self.run() }
    }

    func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            if state.connection >= 0 { shutdown(state.connection, Int32(SHUT_RDWR)) }
        }
    }

    private func run() {
        while let connection = accept() {
            onEvent(.arrived(connection))
            SmallThread.start { self.serve(connection) }
        }
        close(listener)
    }

    /// The next connection, for which the present one has to go.
    private func accept() -> Int32? {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0, errno == EINTR || errno == ECONNABORTED { continue }
            let isWanted = state.withLock { state in
                guard connection >= 0, !state.isStopped else { return false }
                if state.connection >= 0 { shutdown(state.connection, Int32(SHUT_RDWR)) }
                state.connection = connection
                return true
            }
            if isWanted {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return connection
            }
            if connection >= 0 { close(connection) }
            return nil
        }
    }

    private func serve(_ connection: Int32) {
        while let (record, descriptor) = Sockets.receive(from: connection) {
            switch (SocketRecord(record), descriptor) {
            case (.listens(let uid, let port), let socket?): onEvent(.kept(uid: uid, port: port, socket: socket))
            case (.met, _): onEvent(.met(connection))
            case (_, let other?): close(other)
            default: break
            }
        }
        state.withLock { if $0.connection == connection { $0.connection = -1 } }
        onEvent(.left(connection))
        close(connection)
    }
}
