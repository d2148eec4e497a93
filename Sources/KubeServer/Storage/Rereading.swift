import Synchronization

/// What is being done to all objects of a resource: one thing after the other, and whoever reads them waits.
final class Rereading: Sendable {
    private struct Turn {
        let number: Int
        let task: Task<Void, Never>
    }

    private struct State {
        var last: [String: Turn] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Begins `work` once what was begun before for the resource is done.
    func begin(_ resource: String, _ work: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.count += 1
            let (number, before) = (state.count, state.last[resource]?.task)
            let task = Task { [self] in
                await before?.value
                await work()
                end(resource, number)
            }
            state.last[resource] = Turn(number: number, task: task)
        }
    }

    /// Returns once all that has been begun for the resource is done.
    func settle(_ resource: String) async { await state.withLock { $0.last[resource] }?.task.value }

    private func end(_ resource: String, _ number: Int) {
        state.withLock { state in
            if state.last[resource]?.number == number { state.last[resource] = nil }
        }
    }
}
