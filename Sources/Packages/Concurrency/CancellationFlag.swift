import Synchronization

/// Tells blocking work, which cannot see its task, that nobody waits for it any more.
final class CancellationFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }

    func raise() { raised.store(true, ordering: .relaxed) }

    func check() throws(PackageError) {
        if isRaised { throw PackageError(.cancelled, "cancelled") }
    }
}
