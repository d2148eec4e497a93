import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct HoldDecisionTests {
    private static func terms(holds: Bool) -> RouteTerms {
        var object = SandboxEndpoints(metadata: ObjectMeta(name: "f", namespace: "default"))
        object.holdsRequests = holds
        object.startupTimeoutSeconds = 7
        return RouteTerms(object)
    }

    struct Row: Sendable {
        var stops = false
        var endpoints = false
        var comes = false
        var refusal: HoldRefusal?
        var then: HoldDecision
    }

    @Test(arguments: [
        Row(stops: true, endpoints: true, comes: true, then: .refuse(.stopping)),
        Row(then: .refuse(.noneComes)),
        Row(endpoints: true, then: .hold(seconds: 7)),
        Row(comes: true, then: .hold(seconds: 7)),
        Row(comes: true, refusal: .requests(limit: 3), then: .refuse(.requests(limit: 3))),
        Row(refusal: .requests(limit: 3), then: .refuse(.noneComes)),
    ])
    func holdsWhatMayBeServed(row: Row) {
        var asked = 0
        let decision = HoldDecision.of(
            Self.terms(holds: row.comes), hasEndpoints: row.endpoints, isStopping: row.stops
        ) {
            asked += 1
            return row.refusal
        }
        #expect(decision == row.then)
        // Who does not wait is not counted in.
        #expect(asked == (row.stops || !(row.comes || row.endpoints) ? 0 : 1))
    }

    // MARK: The ledger

    private static func ledger(ofFunction: Int = 2, requests: Int = 3, bytes: Int = 100) -> HoldLedger {
        var limits = HoldLedger.Limits()
        (limits.requestsOfFunction, limits.requests, limits.bytes) = (ofFunction, requests, bytes)
        return HoldLedger(limits)
    }

    @Test func eachBoundIsKeptAndNamed() {
        var ledger = Self.ledger()
        #expect(ledger.admit(function: 1, bytes: 30) == nil)
        #expect(ledger.admit(function: 1, bytes: 30) == nil)
        #expect(ledger.admit(function: 1, bytes: 1) == .requestsOfFunction(limit: 2))
        #expect(ledger.admit(function: 2, bytes: 41) == .bytes(limit: 100))
        #expect(ledger.admit(function: 2, bytes: 40) == nil)
        #expect(ledger.admit(function: 2, bytes: 0) == .requests(limit: 3))
        ledger.release(function: 1, bytes: 30)
        #expect(ledger.admit(function: 1, bytes: 30) == nil)
    }

    @Test func whoHasWaitedWaitsOnWhoeverHasCome() {
        var ledger = Self.ledger(ofFunction: 1)
        _ = ledger.admit(function: 1, bytes: 10)
        ledger.release(function: 1, bytes: 10)
        _ = ledger.admit(function: 1, bytes: 10)
        #expect(ledger.admit(function: 1, bytes: 10, waited: true) == nil)
        #expect(ledger.requests == 2)
    }

    @Test func whatIsCountedInIsCountedOut() {
        var ledger = Self.ledger()
        let empty = ledger
        _ = ledger.admit(function: 1, bytes: 10)
        ledger.grow(by: 5)
        #expect(ledger.bytes == 15 && ledger.requests == 1)
        ledger.release(function: 1, bytes: 15)
        #expect(ledger == empty)
    }

    // MARK: The order

    @Test func firstComeFirstServedThoughSomeGoAndSomeComeBack() {
        var queue = HeldQueue<String>()
        for (ticket, name) in ["a", "b", "c", "d", "e"].enumerated() { queue.insert(name, ticket: ticket) }
        #expect(queue.remove(ticket: 2) && !queue.remove(ticket: 2) && !queue.remove(ticket: 9))
        #expect(queue.popFirst() == "a")
        #expect(queue.popFirst() == "b")
        // Both were let go, and come back in the other order.
        queue.insert("b", ticket: 1)
        queue.insert("a", ticket: 0)
        queue.insert("f", ticket: 5)
        #expect(queue.count == 5)
        var order: [String] = []
        while let name = queue.popFirst() { order.append(name) }
        #expect(order == ["a", "b", "d", "e", "f"])
        #expect(queue.isEmpty)
    }

    /// Any history gives what a sorted list would.
    @Test(arguments: UInt64(1)...10) func anyHistoryKeepsTheOrder(seed: UInt64) {
        var random = SeededRandom(state: seed)
        var (queue, model): (HeldQueue<Int>, Set<Int>) = (HeldQueue(), [])
        var (next, out): (Int, [Int]) = (0, [])
        for _ in 0..<5000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                queue.insert(next, ticket: next)
                model.insert(next)
                next += 1
            case 2:
                let ticket = Int.random(in: 0...next, using: &random)
                #expect(queue.remove(ticket: ticket) == (model.remove(ticket) != nil))
            case 3:
                let first = queue.popFirst()
                #expect(first == model.min())
                if let first {
                    model.remove(first)
                    out.append(first)
                }
            default:
                guard let back = out.popLast() else { continue }
                queue.insert(back, ticket: back)
                model.insert(back)
            }
            #expect(queue.count == model.count)
        }
    }
}
