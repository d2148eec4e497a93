import KubeAPI
import KubeClient
import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite(.timeLimit(.minutes(1))) struct EventRecorderTests {
    private let server = FakeAPIServer()
    private let clock = ManualClock()
    private let object: ConfigMap = {
        var object = ConfigMap.sample("a")
        object.metadata.uid = "u"
        return object
    }()

    private func recorder() -> EventRecorder {
        let start = clock.now
        let clock = clock
        return EventRecorder(client: server.client(), component: "test", logger: .silent, clock: clock) {
            Timestamp(seconds: 1000).adding(seconds: start.duration(to: clock.now) / .seconds(1))
        }
    }

    @Test func writesAnEventThatNamesItsObject() async throws {
        let recorder = recorder()
        await recorder.record(on: object, type: .warning, reason: "Failed", message: "it broke")
        await recorder.flush()
        let event = try #require(try server.objects(Event.self).first)
        #expect(event.metadata.namespace == "default")
        #expect(event.metadata.name.hasPrefix("a."))
        #expect(event.involvedObject.kind == "ConfigMap")
        #expect(event.involvedObject.uid == "u")
        #expect(event.type == .warning)
        #expect(event.reason == "Failed")
        #expect(event.message == "it broke")
        #expect(event.source.component == "test")
        #expect(event.count == 1)
        #expect(event.firstTimestamp == Timestamp(seconds: 1000))
    }

    @Test func raisesTheCountOfARepeat() async throws {
        let recorder = recorder()
        var object = object
        for version in 1...3 {
            object.metadata.resourceVersion = "\(version)"
            await recorder.record(on: object, type: .normal, reason: "Again", message: "m")
            await recorder.flush()
            clock.advance(by: .seconds(10))
        }
        await recorder.record(on: object, type: .normal, reason: "Again", message: "another")
        await recorder.flush()
        let events = try server.objects(Event.self)
        #expect(events.map(\.count).sorted() == [1, 3])
        let repeated = try #require(events.first { $0.count == 3 })
        #expect(repeated.firstTimestamp == Timestamp(seconds: 1000))
        #expect(repeated.lastTimestamp == Timestamp(seconds: 1020))
    }

    @Test func startsAnewWhenTheEventHasExpired() async throws {
        let recorder = recorder()
        await recorder.record(on: object, type: .normal, reason: "Again", message: "m")
        await recorder.flush()
        let first = try #require(try server.objects(Event.self).first)
        try server.remove(Event.self, first.key)
        await recorder.record(on: object, type: .normal, reason: "Again", message: "m")
        await recorder.flush()
        #expect(try server.objects(Event.self).map(\.count) == [1])
    }

    @Test func givesUpWhatIsRefusedAndRetriesWhatIsNot() async throws {
        let recorder = recorder()
        server.fail { _ in Status(code: 403, reason: "Forbidden", message: "no") }
        await recorder.record(on: object, type: .normal, reason: "Refused", message: "m")
        await recorder.flush()
        server.fail { _ in KubeClientError(.connectFailed, "refused") }
        await recorder.record(on: object, type: .normal, reason: "Sent", message: "m")
        await clock.waitForSleepers()
        server.fail(nil)
        clock.advance(by: .seconds(2))
        await recorder.flush()
        #expect(try server.objects(Event.self).map(\.reason) == ["Sent"])
    }

    @Test func neverHoldsMoreThanItsBound() async throws {
        let recorder = recorder()
        server.fail { _ in KubeClientError(.connectFailed, "refused") }
        await recorder.record(on: object, type: .normal, reason: "First", message: "m")
        await clock.waitForSleepers()
        for index in 0..<(EventDrain.capacity + 50) {
            await recorder.record(on: ConfigMap.sample("o-\(index)"), type: .normal, reason: "R", message: "m")
        }
        server.fail(nil)
        clock.advance(by: .seconds(2))
        // What is beyond a burst goes out one by one.
        for _ in EventPace.burst..<EventDrain.capacity {
            await clock.waitForSleepers()
            clock.advance(by: EventPace.interval)
        }
        await recorder.flush()
        #expect(try server.objects(Event.self).count == EventDrain.capacity + 1)
    }

    @Test func cutsALongMessage() async throws {
        let recorder = recorder()
        await recorder.record(
            on: object, type: .normal, reason: "Long", message: String(repeating: "ü", count: 2000))
        await recorder.flush()
        let message = try #require(try server.objects(Event.self).first).message
        #expect(message.utf8.count <= EventDrain.messageLimit)
        #expect(message.hasSuffix("ü…"))
    }
}

@Suite struct EventCorrelatorTests {
    private func identity(_ message: String, object: String = "a") -> EventCorrelator.Identity {
        var reference = ObjectReference()
        reference.name = object
        return .init(object: reference, type: .normal, reason: "R", message: message)
    }

    @Test func letsAnObjectHave25AtOnceAndThenOneInFiveMinutes() {
        var correlator = EventCorrelator()
        var created = 0
        for index in 0..<100 where correlator.decide(identity("\(index)"), now: .zero) == .create { created += 1 }
        #expect(created == 25)
        #expect(correlator.decide(identity("x"), now: .seconds(299)) == .drop)
        #expect(correlator.decide(identity("x", object: "b"), now: .seconds(299)) == .create)
        #expect(correlator.decide(identity("x"), now: .seconds(301)) == .create)
        #expect(correlator.decide(identity("x"), now: .seconds(302)) == .drop)
    }

    @Test func aFingerprintStandsForItsValue() {
        #expect(Fingerprint(identity("x")) == Fingerprint(identity("x")))
        let many = (0..<1000).flatMap { [identity("\($0)"), identity("x", object: "\($0)")] }
        #expect(Set(many.map { Fingerprint($0) }).count == 2000)
        #expect(MemoryLayout<Fingerprint>.size == 16)
    }

    @Test func forgetsTheOldestWhenFull() {
        var table = BoundedTable<Int, Int>(capacity: 3)
        for key in 1...3 { table[key] = key }
        table[2] = 20
        table[4] = 4
        #expect([1, 2, 3, 4].map { table[$0] } == [nil, 20, 3, 4])
        table[3] = nil
        for key in 5...20 { table[key] = key }
        #expect(table.count == 3)
        #expect([18, 19, 20].map { table[$0] } == [18, 19, 20])
    }
}
