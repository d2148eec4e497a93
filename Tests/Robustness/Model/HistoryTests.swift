import Testing

/// The judge is judged: it accepts what a good server does, and finds each thing that none may do.
@Suite struct HistoryTests {
    private typealias Key = History.Key
    private typealias State = History.State
    private static let one = Key(resource: "things", name: "one")
    private static let two = Key(resource: "things", name: "two")

    private static func write(
        _ key: Key, _ token: String?, _ outcome: History.Outcome, at tick: Int
    ) -> History.Write {
        History.Write(key: key, token: token, outcome: outcome, began: tick, ended: tick + 1)
    }

    /// Two objects, one of them written again without an answer, one deleted; then a kill, and a look around.
    private static func good() -> History {
        var history = History()
        history.writes = [
            write(one, "a", .acknowledged(1), at: 0), write(two, "b", .acknowledged(2), at: 2),
            write(one, "no", .refused, at: 4), write(two, nil, .acknowledged(nil), at: 6),
            write(one, "c", .acknowledged(4), at: 8), write(one, "d", .unknown, at: 10),
        ]
        let changes = [
            History.Change(key: one, token: "a", version: 1), History.Change(key: two, token: "b", version: 2),
            History.Change(key: two, token: nil, version: 3), History.Change(key: one, token: "c", version: 4),
        ]
        history.sessions = [
            History.Session(resource: "things", after: 0, changes: changes),
            History.Session(resource: "things", after: 2, changes: Array(changes[2...])),
        ]
        history.increments = [
            History.Increment(value: 1, outcome: .acknowledged(5), began: 12, ended: 13),
            History.Increment(value: 2, outcome: .unknown, began: 14, ended: 15),
        ]
        history.snapshots = [snapshot(State(token: "c", version: 4))]
        return history
    }

    private static func snapshot(_ state: State?, counter: Int = 1) -> History.Snapshot {
        let states = state.map { [one: $0] } ?? [:]
        return History.Snapshot(
            tick: 20, resource: "things", version: 6, list: states, gets: states, replay: states, counter: counter)
    }

    @Test func aGoodHistoryIsAccepted() { #expect(Self.good().violations() == []) }

    @Test func anUnansweredWriteMayHaveBeenDone() {
        var history = Self.good()
        history.snapshots = [Self.snapshot(State(token: "d", version: 6), counter: 2)]
        history.sessions[0].changes.append(History.Change(key: Self.one, token: "d", version: 6))
        #expect(history.violations() == [])
    }

    @Test func anUnansweredDeletionMayHaveBeenDone() {
        var history = Self.good()
        history.writes.append(Self.write(Self.one, nil, .unknown, at: 16))
        history.snapshots = [Self.snapshot(nil)]
        #expect(history.violations() == [])
    }

    @Test func anExpiredWatchPromisesNothing() {
        var history = Self.good()
        history.sessions[1].changes.removeFirst(2)
        history.sessions[1].isExpired = true
        #expect(history.violations() == [])
    }

    /// One fault each, and the rule that must find it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rule: @Sendable (History) -> [String]
        let spoil: @Sendable (inout History) -> Void
    }

    static let faults = [
        Fault(testDescription: "a version for two writes", rule: { $0.repeatedVersions() }) {
            $0.writes.append(write(two, "e", .acknowledged(4), at: 18))
        },
        Fault(testDescription: "a write done twice", rule: { $0.repeatedVersions() }) {
            $0.sessions[0].changes.append(History.Change(key: one, token: "c", version: 9))
        },
        Fault(testDescription: "a version for a write and a deletion", rule: { $0.repeatedVersions() }) {
            $0.sessions[1].changes[0] = History.Change(key: one, token: nil, version: 3)
        },
        Fault(testDescription: "a smaller version later", rule: { $0.shrinkingVersions() }) {
            $0.writes.append(write(two, "e", .acknowledged(3), at: 18))
        },
        Fault(testDescription: "the same version later", rule: { $0.shrinkingVersions() }) {
            $0.writes.append(write(two, "e", .acknowledged(5), at: 18))
        },
        Fault(testDescription: "a watch that goes back", rule: { $0.faultySessions() }) {
            $0.sessions[0].changes.swapAt(1, 2)
        },
        Fault(testDescription: "a watch that begins too early", rule: { $0.faultySessions() }) {
            $0.sessions[1].changes.insert(History.Change(key: two, token: "b", version: 2), at: 0)
        },
        Fault(testDescription: "a watch with a gap", rule: { $0.faultySessions() }) {
            $0.sessions[0].changes.remove(at: 1)
        },
        Fault(testDescription: "a watch that shows another write", rule: { $0.faultySessions() }) {
            $0.sessions[0].changes[1] = History.Change(key: two, token: "a", version: 2)
        },
        Fault(testDescription: "an older state", rule: { $0.lostWrites() }) {
            $0.snapshots = [snapshot(State(token: "a", version: 1))]
        },
        Fault(testDescription: "a lost object", rule: { $0.lostWrites() }) { $0.snapshots = [snapshot(nil)] },
        Fault(testDescription: "an object that was deleted", rule: { $0.lostWrites() }) {
            $0.writes.append(write(one, nil, .acknowledged(nil), at: 18))
        },
        Fault(testDescription: "another version than was acknowledged", rule: { $0.lostWrites() }) {
            $0.snapshots = [snapshot(State(token: "c", version: 5))]
        },
        Fault(testDescription: "a refused write that was done", rule: { $0.inventedStates() }) {
            $0.sessions[0].changes.append(History.Change(key: one, token: "no", version: 9))
        },
        Fault(testDescription: "a state that nobody wrote", rule: { $0.inventedStates() }) {
            $0.snapshots = [snapshot(State(token: "odd", version: 4))]
        },
        Fault(testDescription: "a write on another object", rule: { $0.inventedStates() }) {
            $0.sessions[0].changes.append(History.Change(key: two, token: "d", version: 9))
        },
        Fault(testDescription: "a get that is not the list", rule: { $0.disagreements() }) {
            let state = State(token: "c", version: 4)
            $0.snapshots = [
                History.Snapshot(
                    tick: 20, resource: "things", version: 6, list: [one: state], gets: [:], replay: [one: state])
            ]
        },
        Fault(testDescription: "a watch that is not the list", rule: { $0.disagreements() }) {
            let state = State(token: "c", version: 4)
            $0.snapshots = [
                History.Snapshot(
                    tick: 20, resource: "things", version: 6, list: [one: state], gets: [one: state],
                    replay: [one: State(token: "a", version: 1)])
            ]
        },
        Fault(testDescription: "an overwritten increment", rule: { $0.lostIncrements() }) {
            $0.increments.append(History.Increment(value: 1, outcome: .acknowledged(7), began: 16, ended: 17))
        },
        Fault(testDescription: "a number that went back", rule: { $0.lostIncrements() }) {
            $0.snapshots = [snapshot(State(token: "c", version: 4), counter: 0)]
        },
        Fault(testDescription: "a number that nobody counted to", rule: { $0.lostIncrements() }) {
            $0.snapshots = [snapshot(State(token: "c", version: 4), counter: 3)]
        },
    ]

    @Test(arguments: faults) func aFaultIsFound(_ fault: Fault) {
        var history = Self.good()
        #expect(fault.rule(history) == [])
        fault.spoil(&history)
        #expect(fault.rule(history) != [])
        #expect(history.violations() != [])
    }
}
