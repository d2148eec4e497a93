import Glibc
import Synchronization

/// Tells when processes end, children and others alike, from one thread that sleeps in poll(2) on their pidfds.
///
/// A child is reaped before its watcher is told, so there are never zombies and its id is not used again before that.
/// `@unchecked`: all state is behind the mutex; the descriptors are constants.
final class ProcessMonitor: Sendable {
    private struct Watched {
        var pid: pid_t
        var onExit: @Sendable (ExitStatus) -> Void
    }

    private struct State {
        var watched: [Int32: Watched] = [:]
        var isStopped = false
        /// The wake pipe is closed; its numbers may be someone else's by now.
        var isClosed = false
    }

    private let state = Mutex(State())
    /// A pipe that wakes the thread: read end, write end.
    private let wake: (read: Int32, write: Int32)

    init() throws(SystemError) {
        wake = try LinuxCalls.pipe()
        for end in [wake.read, wake.write] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        SmallThread.start { self.run() }
    }

    /// Calls `onExit` once, on the monitor's thread, when the process has ended.
    func watch(_ pid: pid_t, onExit: @escaping @Sendable (ExitStatus) -> Void) throws(SystemError) {
        let descriptor = try LinuxCalls.openPidfd(pid)
        let isStopped = state.withLock { state in
            if !state.isStopped { state.watched[descriptor] = Watched(pid: pid, onExit: onExit) }
            return state.isStopped
        }
        if isStopped { close(descriptor) }
        poke()
    }

    /// Ends the thread; no call of a watcher begins any more.
    func stop() {
        state.withLock { $0.isStopped = true }
        poke()
    }

    private func poke() {
        state.withLock { state in
            var byte: UInt8 = 0
            if !state.isClosed { write(wake.write, &byte, 1) }
        }
    }

    private func run() {
        while let descriptors = state.withLock({ $0.isStopped ? nil : Array($0.watched.keys) }) {
            var polled = ([wake.read] + descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            if polled[0].revents != 0 { drainWake() }
            for entry in polled.dropFirst() where entry.revents != 0 { ended(entry.fd) }
        }
        state.withLock { state in
            for descriptor in Array(state.watched.keys) + [wake.read, wake.write] { close(descriptor) }
            state.watched = [:]
            state.isClosed = true
        }
    }

    private func drainWake() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while read(wake.read, &buffer, buffer.count) > 0 {}
    }

    private func ended(_ descriptor: Int32) {
        let found = state.withLock { $0.isStopped ? nil : $0.watched.removeValue(forKey: descriptor) }
        guard let watched = found else { return }
        close(descriptor)
        var status: Int32 = 0
        let isChild = waitpid(watched.pid, &status, 0) == watched.pid
        watched.onExit(isChild ? ExitStatus(waitStatus: status) : ExitStatus())
    }
}
