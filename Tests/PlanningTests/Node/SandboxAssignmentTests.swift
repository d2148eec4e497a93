import KubeAPI
import NestAPI
import Planning
import Testing

@Suite struct SandboxAssignmentTests {
    typealias Assignment = SandboxObservation.Assignment

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var answer: Assignment.Answer
        var hasRun = false
        /// nil: it is revoked.
        var becomes: Assignment?
        var testDescription: String { what }
    }

    private static func found(uid: String = "uid", on node: String? = "pod", isTerminating: Bool = false)
        -> Assignment.Answer
    {
        var sandbox = Sandbox.sample("s")
        sandbox.metadata.uid = uid
        sandbox.spec.nodeName = node
        if isTerminating { sandbox.metadata.deletionTimestamp = noon }
        return .found(sandbox)
    }

    @Test(arguments: [
        Row(what: "it is ours", answer: found(), becomes: .current),
        Row(what: "it is ours, and ran", answer: found(), hasRun: true, becomes: .current),
        Row(what: "another of its name", answer: found(uid: "other"), hasRun: true),
        Row(what: "another pod's", answer: found(on: "elsewhere"), hasRun: true),
        Row(what: "nobody's", answer: found(on: nil)),
        Row(what: "gone", answer: .gone),
        Row(what: "gone, but ran", answer: .gone, hasRun: true),
        Row(what: "about to go", answer: found(isTerminating: true), becomes: .unconfirmed(retryAt: 105)),
        Row(what: "no answer", answer: .silence, becomes: .unconfirmed(retryAt: 105)),
        Row(what: "no answer, but it ran here", answer: .silence, hasRun: true, becomes: .current),
    ])
    func followsTheAnswer(_ row: Row) {
        #expect(Assignment(after: row.answer, uid: "uid", pod: "pod", hasRun: row.hasRun, now: 100) == row.becomes)
    }
}
