import CEpoll
import Glibc
import Synchronization

/// Tells when a connection waits in the backlog of a listening socket, for thousands of sockets, from one thread that sleeps
/// in epoll_wait(2).
///
/// A parked sandbox costs no more than its place in there.
final class SocketWatch: Sendable {
    private struct State {
        /// What to call, by listening socket.
        var watched: [Int32: @Sendable () -> Void] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())
    private let epoll: Int32
    /// A pipe that ends the thread: read end, write end.
    private let wake: (read: Int32, write: Int32)

    init() throws(SystemError) {
        epoll = try SystemError.check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        wake = try LinuxCalls.pipe()
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: wake.read))
        epoll_ctl(epoll, EPOLL_CTL_ADD, wake.read, &event)
        SmallThread.start { self.run() }
    }

    /// Calls `onCall` once, on the watch's thread, when a connection is there, which may be at once.
    ///
    /// The socket is to be forgotten before it is closed.
    func watch(_ socket: Int32, onCall: @escaping @Sendable () -> Void) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            guard !state.isStopped else { return }
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: socket))
            _ = try SystemError.check("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) }
            state.watched[socket] = onCall
        }
    }

    /// Calls no more for that socket.
    func forget(_ socket: Int32) {
        state.withLock { state in
            if state.watched.removeValue(forKey: socket) != nil { epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil) }
        }
    }

    /// Ends the thread.
    func stop() {
        let first = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard first else { return }
        var byte: UInt8 = 0
        write(wake.write, &byte, 1)
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while !state.withLock({ $0.isStopped }) {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for event in events.prefix(Int(max(0, count))) {
                called(event.data.fd)
            }
        }
        state.withLock { state in
            state.watched = [:]
            for descriptor in [epoll, wake.read, wake.write] { close(descriptor) }
        }
    }

    private func called(_ socket: Int32) {
        let call = state.withLock { state in
            let call = state.watched.removeValue(forKey: socket)
            if call != nil { epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil) }
            return call
        }
        call?()
    }
}
