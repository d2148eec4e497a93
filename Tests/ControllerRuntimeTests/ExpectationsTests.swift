import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite struct ExpectationsTests {
    @Test func holdsUntilEveryCreationIsSeen() {
        let expectations = Expectations<String>()
        #expect(expectations.satisfied("a"))
        expectations.expectCreations("a", 2)
        expectations.creationObserved("a")
        #expect(!expectations.satisfied("a"))
        #expect(expectations.satisfied("b"))
        expectations.creationObserved("a")
        #expect(expectations.satisfied("a"))
        expectations.creationObserved("a")
        expectations.expectCreations("a", 1)
        #expect(!expectations.satisfied("a"))
    }

    @Test func countsADeletionOnlyOnce() {
        let expectations = Expectations<String>()
        expectations.expectDeletions("a", uids: ["1", "2"])
        expectations.deletionObserved("a", uid: "1")
        expectations.deletionObserved("a", uid: "1")
        expectations.deletionObserved("a", uid: "other")
        #expect(!expectations.satisfied("a"))
        expectations.deletionObserved("a", uid: "2")
        #expect(expectations.satisfied("a"))
    }

    @Test func waitsForCreationsAndDeletions() {
        let expectations = Expectations<String>()
        expectations.expectCreations("a", 1)
        expectations.expectDeletions("a", uids: ["1"])
        expectations.creationObserved("a")
        #expect(!expectations.satisfied("a"))
        expectations.deletionObserved("a", uid: "1")
        #expect(expectations.satisfied("a"))
    }

    @Test func givesUpAfterFiveMinutes() {
        let clock = ManualClock()
        let expectations = Expectations<String>(clock: clock)
        expectations.expectCreations("a", 1)
        clock.advance(by: .seconds(300))
        #expect(!expectations.satisfied("a"))
        clock.advance(by: .milliseconds(1))
        #expect(expectations.satisfied("a"))
        expectations.expectCreations("a", 1)
        expectations.creationObserved("a")
        #expect(expectations.satisfied("a"))
    }

    @Test func forgets() {
        let expectations = Expectations<String>()
        expectations.expectCreations("a", 1)
        expectations.forget("a")
        #expect(expectations.satisfied("a"))
    }
}
