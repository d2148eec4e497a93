import KubeAPI
import NestAPI

/// When a failed sandbox may be replaced, without any memory but the objects themselves.
///
/// The first replacement is at once, the next after 10 s, and so on doubling to 5 min: the figures of the kubelet's
/// CrashLoopBackOff. One that had worked for 10 min starts afresh. Meanwhile the failed sandbox stays where its owner
/// can read why.
enum FailureBackoff {
    static let first = 10.0
    static let longest = 300.0
    static let forgivenAfter = 600.0
    /// The count stands in an annotation, where anyone may have written anything.
    static let most = 1000

    /// The failures in a row that `sandbox`, itself failed, ends.
    static func attempts(of sandbox: Sandbox) -> Int {
        let before = sandbox.metadata.annotations[NestGroup.attemptAnnotation].flatMap { Int($0) } ?? 0
        guard let start = sandbox.status.startTime, sandbox.failedAt.seconds(since: start) >= forgivenAfter else {
            return min(max(0, before), most)
        }
        return 0
    }

    /// Seconds from `now` until `sandbox` may be replaced; not above 0: at once.
    static func wait(for sandbox: Sandbox, now: Timestamp) -> Double {
        let attempts = attempts(of: sandbox)
        guard attempts > 0 else { return 0 }
        let delay = min(longest, first * Double(1 << min(attempts - 1, 10)))
        return delay - now.seconds(since: sandbox.failedAt)
    }
}

extension Sandbox {
    /// When it ended; where nobody said, when it was made.
    fileprivate var failedAt: Timestamp {
        status.lastTransitions.last { $0.name == "Failed" }?.time
            ?? status.conditions[SandboxCondition.ready].flatMap { $0.status == .yes ? nil : $0.lastTransitionTime }
            ?? metadata.creationTimestamp ?? Timestamp(seconds: 0)
    }
}
