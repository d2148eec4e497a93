import KubeAPI

/// One change that an informer has seen, after its cache has it.
public enum Change<Object: KubeObject>: Sendable, Equatable {
    case added(Object)
    case updated(old: Object, new: Object)
    /// The object as it was last known.
    ///
    /// When the deletion itself was missed, that may not be its last state.
    case deleted(Object)

    /// The object as it is now, or was last.
    public var object: Object {
        switch self {
        case .added(let object), .deleted(let object), .updated(_, let object): object
        }
    }
}
