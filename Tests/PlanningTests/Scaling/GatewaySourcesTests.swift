import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct GatewaySourcesTests {
    private static let hello = ObjectKey(namespace: "default", name: "hello")

    private static func line(
        _ concurrency: Double = 0, requests: Int = 0, waiting: Int = 0, seconds: Double = 1
    ) -> GatewayReading {
        GatewayReading(
            gateway: "a", seconds: seconds,
            functions: [
                .init(
                    namespace: "default", name: "hello", concurrency: concurrency, requests: requests, waiting: waiting)
            ])
    }

    private static func board(_ gateways: String...) -> ReadingsBoard {
        var board = ReadingsBoard()
        for gateway in gateways { board.follow(gateway) }
        return board
    }

    @Test func aLineIsReadAsItIsWritten() throws {
        let text = #"""
            {"gateway":"IDENTITY","seconds":1.0,"functions":[{"namespace":"default","name":"hello","concurrency":1.25,
            "requests":12,"waiting":0}]}
            """#
        let reading = try JSONValue(parsing: text.utf8).decoded(as: GatewayReading.self)
        #expect(
            reading.functions == [
                .init(namespace: "default", name: "hello", concurrency: 1.25, requests: 12, waiting: 0)
            ])
        #expect(try JSONValue(encoding: reading).decoded(as: GatewayReading.self) == reading)
    }

    @Test func addsUpWhatAllGatewaysSay() {
        var board = Self.board("a", "b")
        _ = board.take(Self.line(3, requests: 7), from: "a", at: .seconds(1))
        _ = board.take(Self.line(2, requests: 1, waiting: 2), from: "b", at: .seconds(1))
        let collected = board.collect(at: .seconds(1))
        #expect(collected.loads == [Self.hello: RequestLoad(concurrency: 5, requests: 8, waiting: 2)])
        #expect(collected.isComplete)
    }

    @Test func weighsLinesByWhatTheyCover() {
        var board = Self.board("a")
        _ = board.take(Self.line(10, requests: 1, seconds: 0.25), from: "a", at: .seconds(1))
        _ = board.take(Self.line(2, requests: 2, seconds: 0.75), from: "a", at: .seconds(2))
        #expect(board.collect(at: .seconds(2)).loads[Self.hello] == RequestLoad(concurrency: 4, requests: 3))
    }

    @Test func aLineHoldsUntilTheNext() {
        var board = Self.board("a")
        _ = board.take(Self.line(4, requests: 9, waiting: 1), from: "a", at: .seconds(1))
        _ = board.collect(at: .milliseconds(1100))
        let held = board.collect(at: .milliseconds(2100))
        #expect(held.loads[Self.hello] == RequestLoad(concurrency: 4, requests: 0, waiting: 1))
        // Nothing is said of it any more: that is 0.
        _ = board.take(GatewayReading(gateway: "a", seconds: 1, functions: []), from: "a", at: .seconds(3))
        #expect(board.collect(at: .seconds(3)).loads.isEmpty)
    }

    @Test func aLineOfNoTimeSaysWhoWaitsAndTakesNothingBack() {
        var board = Self.board("a")
        var full = Self.line(2, requests: 5)
        full.functions.append(.init(namespace: "default", name: "other", concurrency: 1, requests: 1, waiting: 0))
        _ = board.take(full, from: "a", at: .seconds(1))
        #expect(board.take(Self.line(3, waiting: 3, seconds: 0), from: "a", at: .seconds(1)) == [Self.hello])
        #expect(board.waiting(Self.hello) == 3)
        let loads = board.collect(at: .seconds(1)).loads
        #expect(loads[Self.hello] == RequestLoad(concurrency: 2, requests: 5, waiting: 3))
        #expect(loads[ObjectKey(namespace: "default", name: "other")]?.concurrency == 1)
    }

    @Test func whoSaysNothingIsSilent() {
        var board = Self.board("a", "b")
        #expect(board.collect(at: .zero).silent == ["a", "b"])
        _ = board.take(Self.line(1), from: "a", at: .seconds(1))
        #expect(board.collect(at: .seconds(4)).silent == ["b"])
        #expect(board.collect(at: .milliseconds(4001)).silent == ["a", "b"])
        board.forget("b")
        _ = board.take(Self.line(1), from: "a", at: .seconds(5))
        #expect(board.collect(at: .seconds(5)).isComplete)
        board.forget("a")
        #expect(!board.collect(at: .seconds(5)).isComplete, "nobody tells of requests")
        #expect(board.take(Self.line(1), from: "a", at: .seconds(6)).isEmpty)
    }

    @Test func numbersThatAreNoneCountAsNone() {
        var board = Self.board("a")
        _ = board.take(Self.line(-5, requests: -7, waiting: -1, seconds: -3), from: "a", at: .seconds(1))
        _ = board.take(Self.line(.nan, requests: .min, waiting: .min, seconds: .nan), from: "a", at: .seconds(1))
        #expect(board.collect(at: .seconds(1)).loads[Self.hello] == RequestLoad())
        _ = board.take(Self.line(1e300, requests: .max, waiting: .max, seconds: 1e300), from: "a", at: .seconds(2))
        let load = board.collect(at: .seconds(2)).loads[Self.hello]
        #expect(load?.concurrency == 1e9)
        #expect(load?.waiting == 1_000_000_000)
    }

    private static func lease(_ renewed: Int64, address: String = "http://127.0.0.1:1", role: String = "gateway")
        -> Lease
    {
        var metadata = ObjectMeta(name: "nest-gateway-a", namespace: "nest-system")
        metadata.labels = [NestGroup.roleLabel: role]
        metadata.annotations = [NestGroup.readingsAnnotation: address]
        return Lease(
            metadata: metadata,
            spec: .init(holderIdentity: "a", leaseDurationSeconds: 15, renewTime: Timestamp(seconds: renewed)))
    }

    @Test func aGatewayLivesAsLongAsItsLeaseChangesOrItSpeaks() {
        var directory = GatewayDirectory()
        func live(_ second: Int64, heard: Duration? = nil) -> [String] {
            Array(directory.live(at: .seconds(second)) { _ in heard }.values)
        }
        directory.see(Self.lease(1), at: .zero)
        #expect(live(14) == ["http://127.0.0.1:1"])
        #expect(live(15) == [])
        #expect(live(15, heard: .seconds(13)) == ["http://127.0.0.1:1"])
        #expect(live(17, heard: .seconds(13)) == [])
        // The same again is no sign of life; another time is, however wrong the clock.
        directory.see(Self.lease(1), at: .seconds(20))
        #expect(live(20) == [])
        directory.see(Self.lease(0), at: .seconds(21))
        #expect(live(30) == ["http://127.0.0.1:1"])
        directory.forget(Self.lease(0).key)
        #expect(live(21) == [])
    }

    @Test func otherLeasesAreNoGateways() {
        var directory = GatewayDirectory()
        directory.see(Self.lease(1, role: "other"), at: .zero)
        directory.see(Self.lease(1, address: "file:///etc/passwd"), at: .zero)
        #expect(directory.live(at: .zero) { _ in nil }.isEmpty)
    }
}
