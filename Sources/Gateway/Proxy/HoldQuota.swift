import Planning
import Synchronization

/// Bounds the requests that wait for a sandbox, over all event loops.
///
/// Only requests without a sandbox take its lock.
final class HoldQuota: Sendable {
    private let ledger: Mutex<HoldLedger>

    init(_ limits: HoldLedger.Limits) { ledger = Mutex(HoldLedger(limits)) }

    func admit(function id: Int, bytes: Int, waited: Bool) -> HoldRefusal? {
        ledger.withLock { $0.admit(function: id, bytes: bytes, waited: waited) }
    }

    func grow(by count: Int) { ledger.withLock { $0.grow(by: count) } }

    func release(function id: Int, bytes: Int) { ledger.withLock { $0.release(function: id, bytes: bytes) } }

    /// How many requests wait, and how many of their bytes are kept.
    var total: (requests: Int, bytes: Int) { ledger.withLock { ($0.requests, $0.bytes) } }
}
