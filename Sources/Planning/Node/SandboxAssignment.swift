import NestAPI

extension SandboxObservation.Assignment {
    /// What came of asking the API server for the sandbox.
    public enum Answer: Sendable, Equatable {
        case found(Sandbox)
        case gone
        /// It was not heard.
        case silence
    }

    /// Seconds between two questions.
    static let askAgainAfter = 5.0

    /// What follows from the answer to whether a sandbox still is a pod's.
    ///
    /// nil when it is not the pod's, and never will be again. Without an answer, what has run there before may start again: bound once, it can run nowhere else, and if it was
    /// given up meanwhile it ends as soon as the server is heard. What never ran there waits.
    /// - Parameters:
    ///   - answer: the API server's.
    ///   - uid: of the sandbox that was bound.
    ///   - pod: the pod's name.
    ///   - hasRun: whether the pod's shim has known the sandbox.
    ///   - now: seconds of the sidecar's clock.
    public init?(after answer: Answer, uid: String, pod: String, hasRun: Bool, now: Double) {
        switch answer {
        case .gone: return nil
        case .silence: self = hasRun ? .current : .unconfirmed(retryAt: now + Self.askAgainAfter)
        case .found(let sandbox):
            guard sandbox.isAssigned(uid, to: pod) else { return nil }
            // The news of its end is on its way.
            self = sandbox.isTerminating ? .unconfirmed(retryAt: now + Self.askAgainAfter) : .current
        }
    }
}

extension Sandbox {
    /// Whether this is the sandbox with that uid, and not another of its name, and is bound to the pod.
    public func isAssigned(_ uid: String, to pod: String) -> Bool {
        metadata.uid == uid && spec.nodeName == pod
    }
}
