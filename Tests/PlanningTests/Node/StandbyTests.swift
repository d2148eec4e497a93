import Planning
import Testing

/// From serving to nothing but a socket and back, with what may come in between.
@Suite struct StandbyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let from: Standby
        let event: Standby.Event
        let to: Standby
        let action: Standby.Action
        var testDescription: String { "\(from) + \(event)" }

        init(_ from: Standby, _ event: Standby.Event, _ to: Standby, _ action: Standby.Action) {
            (self.from, self.event, self.to, self.action) = (from, event, to, action)
        }
    }

    static let rows = [
        Row(.active, .idle(seconds: 59.9), .active, .nothing),
        Row(.active, .idle(seconds: 60), .parking, .release),
        Row(.parking, .idle(seconds: 90), .parking, .nothing),
        Row(.parking, .released, .parked, .listen),
        // A request came first.
        Row(.parking, .refused, .active, .nothing),
        Row(.parking, .hostEnded, .parked, .listen),
        Row(.parked, .called, .waking, .load),
        // The host that it had ends later than its answer.
        Row(.parked, .hostEnded, .parked, .nothing),
        Row(.parked, .released, .parked, .nothing),
        Row(.waking, .loaded, .active, .nothing),
        // A second connection while it is loaded.
        Row(.waking, .called, .waking, .nothing),
        Row(.waking, .hostEnded, .waking, .end),
        // There was no memory for it in time; it may be called again.
        Row(.waking, .turnedAway, .parked, .listen),
        Row(.active, .turnedAway, .active, .nothing),
        Row(.parked, .turnedAway, .parked, .nothing),
        Row(.active, .called, .active, .nothing),
        Row(.active, .hostEnded, .active, .end),
        Row(.active, .released, .active, .nothing),
    ]

    @Test(arguments: rows) func takes(row: Row) {
        var standby = row.from
        #expect(standby.take(row.event, idleSeconds: 60) == row.action)
        #expect(standby == row.to)
    }

    @Test func oneThatIsNotToBeParkedNeverIs() {
        var standby = Standby.active
        #expect(standby.take(.idle(seconds: 1e9), idleSeconds: nil) == .nothing)
        #expect(standby == .active)
    }

    /// Whatever happens in whatever order: one that has been called is served, is being loaded, or has ended.
    @Test func noCallIsForgotten() {
        let events: [Standby.Event] = [.idle(seconds: 100), .released, .refused, .hostEnded, .called, .loaded]
        var seen: Set<String> = []
        func follow(_ standby: Standby, isLoading: Bool, isListening: Bool, depth: Int) {
            guard depth > 0, seen.insert("\(standby) \(isLoading) \(isListening) \(depth)").inserted else { return }
            for event in events {
                // Only what is listened for or loaded can be told of.
                if event == .called, !isListening { continue }
                if event == .loaded, !isLoading { continue }
                var next = standby
                let action = next.take(event, idleSeconds: 60)
                let listens = (isListening && event != .called) || action == .listen
                let loads = (isLoading && event != .loaded) || action == .load
                #expect(next != .parked || listens, "\(standby) + \(event): nobody hears a call")
                #expect(next != .waking || loads || action == .end, "\(standby) + \(event): nobody loads it")
                if action != .end { follow(next, isLoading: loads, isListening: listens, depth: depth - 1) }
            }
        }
        follow(.active, isLoading: false, isListening: false, depth: 8)
        #expect(seen.count > 8)
    }
}
