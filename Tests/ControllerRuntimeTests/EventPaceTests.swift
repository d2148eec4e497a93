import Testing

@testable import ControllerRuntime

@Suite struct EventPaceTests {
    @Test func aBurstGoesAtOnceAndTheRestTrickles() {
        var pace = EventPace()
        #expect((0..<200).allSatisfy { _ in pace.take(now: .zero) == .zero })
        #expect(pace.take(now: .zero) == .milliseconds(20))
        #expect(pace.take(now: .zero) == .milliseconds(40))
        // Who has waited its turn is on time; the next is one place behind.
        #expect(pace.take(now: .milliseconds(40)) == .milliseconds(20))
    }

    @Test func timeFillsNoMoreThanOneBurst() {
        var pace = EventPace()
        #expect((0..<200).allSatisfy { _ in pace.take(now: .seconds(3600)) == .zero })
        #expect(pace.take(now: .seconds(3600)) > .zero)
    }
}
