/// How far a pod is with fetching the layers that its pool preloads.
///
/// A value: the sidecar keeps one and feeds it.
public struct LayerPreload: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// The pool preloads nothing.
        case nothing
        case fetching
        /// Why one is not here; it is tried again.
        case failed(String)
        /// All are unpacked here.
        case fetched
    }

    /// Seconds until the second try; each time twice as many.
    static let firstPause = 2.0
    static let longestPause = 60.0

    public private(set) var state: State
    private var failures = 0

    /// - Parameter layers: how many the pool preloads.
    public init(layers: Int) { state = layers == 0 ? .nothing : .fetching }

    /// All are here.
    public mutating func fetched() { (state, failures) = (.fetched, 0) }

    /// - Parameters:
    ///   - message: names the layer's address and the reason.
    ///   - isTransient: whether it may heal by itself; else somebody has to change something first.
    /// - Returns: seconds until the next try.
    public mutating func failed(_ message: String, isTransient: Bool) -> Double {
        state = .failed(message)
        failures += 1
        return isTransient
            ? min(Self.longestPause, Self.firstPause * Double(1 << min(failures - 1, 6))) : Self.longestPause
    }
}
