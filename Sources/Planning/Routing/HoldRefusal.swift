/// Why a request for which there is no sandbox is answered at once instead of waiting for one.
public enum HoldRefusal: Sendable, Equatable {
    /// None is on its way.
    case noneComes
    /// The gateway stops.
    case stopping
    /// So many requests of this function wait already.
    case requestsOfFunction(limit: Int)
    /// So many requests wait already.
    case requests(limit: Int)
    /// With its bytes more would be kept than may be.
    case bytes(limit: Int)
}
