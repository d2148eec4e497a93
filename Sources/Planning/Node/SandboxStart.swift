/// What a start of a sandbox follows on: nothing, an end, or a shim that has gone while the sandbox's socket was kept.
public enum SandboxStart: Sendable, Equatable {
    /// It has never run.
    case first
    /// Its last process has ended, and it counts as a restart.
    /// - Parameter withPod: its process went with the shim while its callers could connect; how it ended nobody knows.
    case again(withPod: Bool)
    /// Only its socket was there, and is again: it stays parked, and nothing has ended.
    case stillParked
    /// As `stillParked`, of a sandbox that is not to be parked any more: it is loaded.
    case noLongerParked

    /// - Parameters:
    ///   - hasRun: whether it has been started before, by this sidecar or an earlier one.
    ///   - wasParked: of a sandbox whose socket has outlived a shim: whether it was parked then; nil: its socket has not.
    ///   - mayPark: whether its spec has `standby`.
    public init(hasRun: Bool, wasParked: Bool?, mayPark: Bool) {
        switch wasParked {
        case true?: self = mayPark ? .stillParked : .noLongerParked
        case false? where hasRun: self = .again(withPod: true)
        case nil where hasRun: self = .again(withPod: false)
        case false?, nil: self = .first
        }
    }
}
