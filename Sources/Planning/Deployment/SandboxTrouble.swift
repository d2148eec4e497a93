import KubeAPI
import NestAPI

/// Why a sandbox does not work.
public struct SandboxTrouble: Sendable, Equatable, CustomStringConvertible {
    /// What of a message a deployment quotes; the sandbox has it all.
    static let longestMessage = 1024

    public var reason: String
    public var message: String

    public var description: String { message.isEmpty ? reason : "\(reason): \(message)" }
}

extension Sandbox {
    /// Why it does not work, in the words of whoever found out: the sidecar, the scheduler, the node's controller.
    ///
    /// Nil while nothing is known to be wrong.
    public var trouble: SandboxTrouble? {
        guard !isReady, !isTerminating else { return nil }
        if let reason = status.reason { return trouble(reason, status.message ?? "") }
        if isFinished { return trouble(SandboxPhase.failed.rawValue, "") }
        guard let scheduled = status.conditions[SandboxCondition.scheduled], scheduled.status == .no else { return nil }
        return trouble(scheduled.reason, scheduled.message)
    }

    private func trouble(_ reason: String, _ message: String) -> SandboxTrouble {
        SandboxTrouble(reason: reason, message: String(message.prefix(SandboxTrouble.longestMessage)))
    }
}

extension String {
    /// Without the full stop at its end, so that more can follow.
    var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
