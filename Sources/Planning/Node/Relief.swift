/// Which idle sandboxes are parked before their time when a pod is short of memory or processes.
public enum Relief {
    /// One that may be parked.
    public struct Candidate: Sendable, Equatable {
        public var uid: String
        /// How long nobody has been connected to it; nil: somebody is, or it is on its way out.
        public var idleSeconds: Double?

        public init(uid: String, idleSeconds: Double?) {
            self.uid = uid
            self.idleSeconds = idleSeconds
        }
    }

    /// - Parameters:
    ///   - candidates: all that may be parked at all.
    ///   - limit: how many at once.
    ///   - least: none is chosen that was called fewer seconds ago.
    /// - Returns: those that have been idle longest, in that order.
    public static func choose(
        _ candidates: [Candidate], atMost limit: Int, least: Double = leastIdleSeconds
    ) -> [String] {
        let idle = candidates.compactMap { candidate in
            candidate.idleSeconds.flatMap { $0 >= least ? (candidate.uid, $0) : nil }
        }
        return idle.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(limit).map(\.0)
    }

    /// A sandbox that was called so recently may be called again at once.
    public static let leastIdleSeconds = 1.0
    /// The same while others wait for its memory, who have been called already.
    public static let leastIdleSecondsForOthers = 0.2
}
