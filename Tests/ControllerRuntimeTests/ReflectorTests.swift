import KubeAPI
import KubeClient
import Testing

@testable import ControllerRuntime

@Suite struct ReflectorTests {
    typealias Outcome = Reflector.Outcome
    typealias Step = Reflector.Step

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var outcomes: [Outcome]
        /// After the last outcome.
        var step: Step
        var pause: Duration
    }

    private static let first = Duration.milliseconds(800)
    private static let long = Duration.seconds(300)
    private static let broken = Outcome.failed(.transient(retryAfter: nil), lasted: .zero)

    static let cases: [Case] = [
        Case(
            testDescription: "a list is followed by a watch from its version",
            outcomes: [.listed(resourceVersion: "5")], step: .watch(from: "5"), pause: .zero),
        Case(
            testDescription: "an event moves the version",
            outcomes: [.listed(resourceVersion: "5"), .progressed(resourceVersion: "6")], step: .watch(from: "6"),
            pause: .zero),
        Case(
            testDescription: "a watch whose time is over goes on at once",
            outcomes: [.listed(resourceVersion: "5"), .progressed(resourceVersion: "6"), .ended(lasted: long)],
            step: .watch(from: "6"), pause: .zero),
        Case(
            testDescription: "a quiet watch whose time is over goes on at once",
            outcomes: [.listed(resourceVersion: "5"), .ended(lasted: long)], step: .watch(from: "5"), pause: .zero),
        Case(
            testDescription: "a watch that ends at once without an event is a failure",
            outcomes: [.listed(resourceVersion: "5"), .ended(lasted: .zero)], step: .watch(from: "5"), pause: first),
        Case(
            testDescription: "and the next one waits twice as long",
            outcomes: [.listed(resourceVersion: "5"), .ended(lasted: .zero), .ended(lasted: .zero)],
            step: .watch(from: "5"), pause: first * 2),
        Case(
            testDescription: "a good watch that breaks goes on at once",
            outcomes: [.listed(resourceVersion: "5"), .progressed(resourceVersion: "6"), broken],
            step: .watch(from: "6"), pause: .zero),
        Case(
            testDescription: "when it then cannot connect it backs off",
            outcomes: [.listed(resourceVersion: "5"), .progressed(resourceVersion: "6"), broken, broken],
            step: .watch(from: "6"), pause: first),
        Case(
            testDescription: "an event ends the back-off",
            outcomes: [
                .listed(resourceVersion: "5"), broken, broken, .progressed(resourceVersion: "6"), .ended(lasted: .zero),
                .ended(lasted: .zero),
            ], step: .watch(from: "6"), pause: first),
        Case(
            testDescription: "a version that is gone means to list at once",
            outcomes: [.listed(resourceVersion: "5"), .failed(.expired, lasted: long)], step: .list, pause: .zero),
        Case(
            testDescription: "one that is gone right after the list backs off",
            outcomes: [
                .listed(resourceVersion: "5"), .failed(.expired, lasted: .zero), .listed(resourceVersion: "6"),
                .failed(.expired, lasted: .zero),
            ], step: .list, pause: first),
        Case(
            testDescription: "an error that leaves doubt means to list, later",
            outcomes: [.listed(resourceVersion: "5"), .failed(.other, lasted: long)], step: .list, pause: first),
        Case(testDescription: "a list that fails is tried again", outcomes: [broken], step: .list, pause: first),
        Case(
            testDescription: "what the server asks for goes before the back-off",
            outcomes: [.failed(.transient(retryAfter: .seconds(7)), lasted: .zero)], step: .list, pause: .seconds(7)),
        Case(
            testDescription: "the back-off has an end", outcomes: Array(repeating: broken, count: 20), step: .list,
            pause: .seconds(30)),
    ]

    @Test(arguments: cases)
    func decides(_ expected: Case) {
        var reflector = Reflector()
        var pause = Duration.zero
        for outcome in expected.outcomes { pause = reflector.take(outcome, chance: 0) }
        #expect(reflector.step == expected.step)
        #expect(pause == expected.pause)
    }

    @Test func jitterAddsUpToAsMuchAgain() {
        var reflector = Reflector()
        #expect(reflector.take(Self.broken, chance: 0.5) == .milliseconds(1200))
    }

    @Test(arguments: [
        (Status(code: 410, reason: "Expired", message: "") as any Error, Reflector.Failure.expired),
        (Status(code: 503, reason: "", message: ""), .transient(retryAfter: nil)),
        (
            Status(code: 429, reason: "", message: "", details: .init(retryAfterSeconds: 3)),
            .transient(retryAfter: .seconds(3))
        ),
        (Status(code: 403, reason: "", message: ""), .other),
        (KubeClientError(.connectFailed, ""), .transient(retryAfter: nil)),
        (KubeClientError(.invalidResponse, ""), .other),
    ])
    func sortsErrors(_ error: any Error, _ failure: Reflector.Failure) {
        #expect(Reflector.Failure(error) == failure)
    }
}
