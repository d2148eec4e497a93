import KubeAPI
import Testing

@testable import Planning

@Suite struct RefusalReportsTests {
    private static let key = ObjectKey(namespace: "default", name: "a")

    struct Row: Sendable {
        var shown: String?
        var message: String
        /// Seconds since the last write; nil: there was none.
        var since: Double?
        var decision: RefusalReports.Decision
    }

    @Test(arguments: [
        Row(shown: nil, message: "1 full", since: nil, decision: .write(event: true)),
        Row(shown: "1 full", message: "1 full", since: 99, decision: .nothing),
        Row(shown: "1 full", message: "2 full", since: nil, decision: .write(event: false)),
        Row(shown: "1 full", message: "2 full", since: 59, decision: .nothing),
        Row(shown: "1 full", message: "2 full", since: 60, decision: .write(event: false)),
        Row(shown: "1 full", message: "1 closed", since: 4, decision: .later(.seconds(6))),
        Row(shown: "1 full", message: "1 closed", since: 10, decision: .write(event: true)),
    ])
    func writesWhatIsNew(_ row: Row) {
        var reports = RefusalReports()
        if row.since != nil { _ = reports.decide(Self.key, message: "x", shown: nil, now: .zero) }
        let now = Duration.seconds(row.since ?? 0)
        #expect(reports.decide(Self.key, message: row.message, shown: row.shown, now: now) == row.decision)
    }

    @Test func tenThousandAreToldButNotAllByEvents() {
        var reports = RefusalReports()
        var events = 0
        for index in 0..<10_000 {
            let key = ObjectKey(namespace: "default", name: "s\(index)")
            let decision = reports.decide(key, message: "1 full", shown: nil, now: .milliseconds(index / 10))
            if decision == .write(event: true) { events += 1 }
            if case .nothing = decision { Issue.record("not told") }
        }
        #expect((200...210).contains(events))
        for index in 0..<10_000 { reports.forget(ObjectKey(namespace: "default", name: "s\(index)")) }
        #expect(reports.count == 0)
    }
}
