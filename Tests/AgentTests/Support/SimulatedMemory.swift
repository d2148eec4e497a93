import Planning
import Synchronization

/// What a test wants the shim to have of memory.
final class SimulatedMemory: Sendable {
    static let reserve = Int64(100) << 20

    private let bytes: Mutex<Int64>

    /// - Parameter bytes: above the reserve.
    init(_ bytes: Int64) { self.bytes = Mutex(bytes) }

    func set(_ bytes: Int64) { self.bytes.withLock { $0 = bytes } }

    var amount: PressureSignals.Amount {
        .init(available: Self.reserve + bytes.withLock { $0 }, total: Int64(16) << 30)
    }

    /// What is left where each process of this one takes so many bytes, and there is room for a number of them.
    static func processes(_ count: Int, of bytes: Int64) -> PressureSignals.Amount {
        .init(
            available: reserve + Int64(max(0, count - Census.children().count)) * bytes, total: Int64(16) << 30)
    }
}
