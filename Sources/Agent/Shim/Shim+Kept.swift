import Glibc
import NIOCore

/// Listening sockets that outlive the shim: the sidecar has a duplicate of each, and gives it to the next shim, so that
/// whoever has connected meanwhile is answered.
extension Shim {
    /// What an earlier shim has left, until its sandbox is plugged again.
    struct KeptSocket {
        var socket: Int32
        var port: Int
    }

    /// Takes part in the exchange of sockets, from before a sidecar can ask for anything.
    func startExchange(at path: String) throws(SystemError) {
        exchange = try SocketExchange(path: path) { [weak self] event in
            guard let self else { return }
            // The connection is only closed once the event loop knows.
            try? self.loop.submit { self.assumeIsolated { $0.exchanged(event) } }.wait()
        }
    }

    private func exchanged(_ event: SocketExchange.Event) {
        switch event {
        case .arrived(let connection):
            keeper?.flushing?.cancel()
            keeper = Keeper(connection: connection)
        case .kept(let uid, let port, let socket): keep(uid, port, socket)
        case .met(let connection):
            guard keeper?.connection == connection else { return }
            tellKeeper(.met)
            for record in records.values { offer(record) }
        case .left(let connection):
            guard keeper?.connection == connection else { return }
            keeper?.flushing?.cancel()
            keeper = nil
        }
    }

    private func keep(_ uid: String, _ port: Int, _ socket: Int32) {
        guard !isStopping, records[uid] == nil, kept[uid] == nil, ports.claim(port) else {
            Glibc.close(socket)
            return
        }
        kept[uid] = KeptSocket(socket: socket, port: port)
        _ = after(keepSeconds) { $0.dropKept(uid) }
    }

    /// The socket that an earlier shim had for that sandbox.
    func takeKept(_ uid: String) -> (socket: Int32, port: Int)? {
        kept.removeValue(forKey: uid).map { ($0.socket, $0.port) }
    }

    func dropKept(_ uid: String) {
        guard let (socket, port) = takeKept(uid) else { return }
        Glibc.close(socket)
        ports.giveBack(port)
        tellKeeper(.closed(uid: uid))
    }

    /// Gives the sidecar a duplicate of a sandbox's socket.
    func offer(_ record: SandboxRecord) {
        guard record.socket >= 0, let port = record.report.port else { return }
        tellKeeper(.listens(uid: record.order.uid, port: port), passing: [record.socket])
    }

    func withdraw(_ record: SandboxRecord) { tellKeeper(.closed(uid: record.order.uid)) }

    private func tellKeeper(_ record: SocketRecord, passing sockets: [Int32] = []) {
        guard let keeper else { return }
        do {
            try keeper.outbox.send(record.bytes, passing: sockets, over: keeper.connection)
            flushKeeper()
        } catch {
            loseKeeper(error)
        }
    }

    private func flushKeeper() {
        guard let keeper, keeper.outbox.isWaiting, keeper.flushing == nil else { return }
        keeper.flushing = after(0.005) { shim in
            guard let keeper = shim.keeper else { return }
            keeper.flushing = nil
            do {
                try keeper.outbox.flush(over: keeper.connection)
                shim.flushKeeper()
            } catch {
                shim.loseKeeper(error)
            }
        }
    }

    /// What it has is no longer what there is; a sidecar that lives connects again.
    private func loseKeeper(_ error: any Error) {
        logger.warning("the sidecar does not take the sandboxes' sockets: \(error)")
        if let keeper { shutdown(keeper.connection, Int32(SHUT_RDWR)) }
        keeper = nil
    }
}

/// The sidecar, as one who keeps sockets.
///
/// Belongs to the shim's event loop.
final class Keeper {
    let connection: Int32
    var outbox = Outbox()
    var flushing: Scheduled<Void>?

    init(connection: Int32) { self.connection = connection }
}
