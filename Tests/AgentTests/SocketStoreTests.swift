import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Agent

extension Shim {
    fileprivate func keepSockets(seconds: Double) { keepSeconds = seconds }
}

/// Listening sockets that go from a shim to its sidecar, and to the next shim.
@Suite struct SocketStoreTests {
    /// One shim's end of it.
    final class End: Sendable {
        struct State {
            var connection: Int32 = -1
            var kept: [String: (port: Int, socket: Int32)] = [:]
            var hasMet = false
        }

        let state = Mutex(State())

        func exchange(_ path: String) throws -> SocketExchange {
            try SocketExchange(path: path) { [self] event in
                state.withLock { state in
                    switch event {
                    case .arrived(let connection): state.connection = connection
                    case .kept(let uid, let port, let socket): state.kept[uid] = (port, socket)
                    case .met(let connection):
                        state.hasMet = true
                        _ = try? Sockets.send(SocketRecord.met.bytes[...], passing: [], over: connection)
                    case .left(let connection): if state.connection == connection { state.connection = -1 }
                    }
                }
            }
        }

        func tell(_ record: SocketRecord, _ sockets: [Int32] = []) throws {
            let sent = try Sockets.send(record.bytes[...], passing: sockets, over: state.withLock { $0.connection })
            #expect(sent > 0)
        }
    }

    static func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }

    static func connect(_ address: String, _ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }

    @Test func whatOneShimHadIsGivenToTheNext() async throws {
        let reservation = try AddressReservation.take(for: "socket-store-\(getpid())")
        defer { reservation.release() }
        let path = "/tmp/nest-sockets-\(getpid()).sock"
        defer { unlink(path) }
        let (store, first) = (SocketStore(), End())
        let exchange = try first.exchange(path)
        #expect(try await store.meet(path: path))
        #expect(first.state.withLock { $0.kept.isEmpty && $0.hasMet })
        for number in 0..<400 {
            let socket = try Sockets.listen(address: reservation.address, port: 20_001 + number)
            try first.tell(.listens(uid: "s\(number)", port: 20_001 + number), [socket])
            close(socket)
            try await Self.wait { store.count > number }
        }
        try first.tell(.closed(uid: "s7"))
        try await Self.wait { store.count == 399 }
        store.note("s8", isParked: true)
        exchange.stop()

        // Nobody is there, and callers can connect.
        #expect(Self.connect(reservation.address, 20_002) && !Self.connect(reservation.address, 20_008))
        let second = End()
        let next = try second.exchange(path)
        #expect(try await store.meet(path: path))
        let kept = second.state.withLock { $0.kept.mapValues(\.port) }
        #expect(kept.count == 399 && kept["s7"] == nil && kept["s8"] == 20_009)
        #expect(store.isGiven("s8") && store.takeGiven("s8") == true && store.takeGiven("s8") == nil)
        #expect(store.takeGiven("s9") == false && store.takeGiven("s7") == nil)
        // Whoever called meanwhile is answered.
        let socket = try #require(second.state.withLock { $0.kept["s1"]?.socket })
        let caller = Sockets.accept(socket)
        #expect(caller >= 0)
        close(caller)
        next.stop()
        for (_, kept) in second.state.withLock({ $0.kept }) { close(kept.socket) }
    }

    @Test func aNewSidecarTakesThePlaceOfTheLast() async throws {
        let path = "/tmp/nest-sockets-two-\(getpid()).sock"
        defer { unlink(path) }
        let end = End()
        let exchange = try end.exchange(path)
        let (old, new) = (SocketStore(), SocketStore())
        #expect(try await old.meet(path: path))
        #expect(try await new.meet(path: path))
        let socket = try Sockets.listen(address: "127.0.0.1", port: 0)
        try end.tell(.listens(uid: "a", port: 1), [socket])
        try await Self.wait { new.count == 1 }
        #expect(old.count == 0)
        close(socket)
        exchange.stop()
        await #expect(throws: SystemError.self) { _ = try await new.meet(path: path + ".none") }
    }
}

extension ProcessTests {
    @Suite struct KeptSocketTests {
        /// Its sandbox was deleted while no shim ran: nobody may connect for ever to what nobody serves.
        @Test func aSocketThatNoSandboxAsksForIsClosed() async throws {
            let pod = try await TestPod(prewarmed: 0, ports: 20_001..<20_003)
            await pod.shim.keepSockets(seconds: 0.5)
            let store = SocketStore()
            let earlier = SocketStoreTests.End()
            let path = pod.directory + "/sockets"
            let exchange = try earlier.exchange(path + ".earlier")
            #expect(try await store.meet(path: path + ".earlier"))
            let socket = try Sockets.listen(address: pod.address, port: 20_001)
            try earlier.tell(.listens(uid: "gone", port: 20_001), [socket])
            close(socket)
            try await SocketStoreTests.wait { store.count == 1 }
            exchange.stop()

            try await pod.shim.startExchange(at: path)
            #expect(try await store.meet(path: path))
            #expect(SocketStoreTests.connect(pod.address, 20_001))
            // Another gets the other port meanwhile, and that one when it is free.
            let other = try await pod.shim.plug(try pod.order("a", files: ["index.js": "exports.handler = () => {}"]))
            #expect(other.port == 20_002)
            try await SocketStoreTests.wait { store.count == 1 && !SocketStoreTests.connect(pod.address, 20_001) }
            let next = try await pod.shim.plug(try pod.order("b", files: ["index.js": "exports.handler = () => {}"]))
            #expect(next.port == 20_001)
            store.leave()
            #expect(try await pod.stop() == [])
        }
    }
}
