/// What becomes of those who call a sandbox whose process has ended: its port stays, so their connections wait in its backlog.
public enum EndedCallers: Sendable, Equatable {
    /// They wait for the restart, which comes at once; so many seconds at most.
    case held(seconds: Double)
    /// They are told why it does not run: its next start is some time away.
    case refused

    /// - Parameters:
    ///   - endsBefore: ends in a row before this one, as `CrashLoopBackOff` counts them.
    ///   - ran: how many seconds the process had been loaded; 0: it could not be.
    ///   - startSeconds: what a start may take.
    public init(endsBefore: Int, ran: Double, startSeconds: Double) {
        var backOff = CrashLoopBackOff(failures: endsBefore)
        backOff.ended(at: 0, ran: ran)
        self = backOff.delay > 0 ? .refused : .held(seconds: startSeconds)
    }
}
