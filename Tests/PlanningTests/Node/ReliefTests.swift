import Planning
import Testing

/// Who is parked when memory is short.
@Suite struct ReliefTests {
    private func choose(_ idle: [String: Double?], atMost limit: Int = 8) -> [String] {
        Relief.choose(idle.map { .init(uid: $0.key, idleSeconds: $0.value) }, atMost: limit)
    }

    @Test func thoseWhoHaveBeenIdleLongest() {
        #expect(choose(["a": 5, "b": 50, "c": 20]) == ["b", "c", "a"])
        #expect(choose(["a": 5, "b": 50, "c": 20], atMost: 2) == ["b", "c"])
        #expect(choose(["b": 5, "a": 5, "c": 5]) == ["a", "b", "c"])
    }

    @Test func nobodyWhoIsOrWasJustCalled() {
        #expect(choose(["busy": nil, "fresh": 0.5]) == [])
        #expect(choose([:]) == [])
        #expect(choose(["hostile": .nan]) == [])
        let fresh = [Relief.Candidate(uid: "a", idleSeconds: 0.5), .init(uid: "b", idleSeconds: 0.1)]
        #expect(Relief.choose(fresh, atMost: 8, least: Relief.leastIdleSecondsForOthers) == ["a"])
    }
}
