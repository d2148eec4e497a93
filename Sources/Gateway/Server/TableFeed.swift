import KubeAPI
import NIOCore
import NestAPI
import Planning
import Synchronization

/// Brings the routing table to the event loops.
///
/// Changes come as they come and are put into one table under a lock that no request ever takes. A burst reaches a loop as
/// one new table: while a loop has yet to fetch one, no second errand is queued.
final class TableFeed: Sendable {
    private struct State {
        var table = RoutingTable()
        var isLoaded = false
        var loops: [NIOLoopBound<GatewayLoop>] = []
        var isQueued: [Bool] = []
    }

    private let state = Mutex(State())

    /// The table as it is; nil until it has been loaded.
    var table: RoutingTable? { state.withLock { $0.isLoaded ? $0.table : nil } }

    func attach(_ loops: [NIOLoopBound<GatewayLoop>]) {
        state.withLock { state in
            state.loops = loops
            state.isQueued = loops.map { _ in false }
        }
        publish()
    }

    func replace(with table: RoutingTable) {
        state.withLock { state in
            state.table = table
            state.isLoaded = true
        }
        publish()
    }

    /// The first list is complete: what the table lacks from now on does not exist.
    func loaded() {
        state.withLock { $0.isLoaded = true }
        publish()
    }

    func set(_ object: SandboxEndpoints) {
        if state.withLock({ $0.table.set(object) }) { publish() }
    }

    func remove(_ key: ObjectKey) {
        if state.withLock({ $0.table.remove(key) }) { publish() }
    }

    private func publish() {
        let errands = state.withLock { state -> [(Int, NIOLoopBound<GatewayLoop>)] in
            guard state.isLoaded else { return [] }
            let errands = state.loops.enumerated().filter { !state.isQueued[$0.offset] }.map { ($0.offset, $0.element) }
            for (index, _) in errands { state.isQueued[index] = true }
            return errands
        }
        for (index, loop) in errands {
            loop.eventLoop.execute { loop.value.update(table: self.fetch(for: index)) }
        }
    }

    private func fetch(for index: Int) -> RoutingTable {
        state.withLock { state in
            if index < state.isQueued.count { state.isQueued[index] = false }
            return state.table
        }
    }
}
