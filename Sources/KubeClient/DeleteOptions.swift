/// What becomes of the objects that a deleted one owns (`metav1.DeletionPropagation`).
public enum Propagation: String, Codable, Sendable {
    /// They stay, without an owner.
    case orphan = "Orphan"
    /// They are deleted afterwards.
    case background = "Background"
    /// They are deleted first.
    case foreground = "Foreground"
}

/// `metav1.DeleteOptions`.
struct DeleteOptions: Encodable, Equatable {
    struct Preconditions: Encodable, Equatable {
        var uid: String?
        var resourceVersion: String?
    }

    let apiVersion = "v1"
    let kind = "DeleteOptions"
    var preconditions: Preconditions?
    var gracePeriodSeconds: Int64?
    var propagationPolicy: Propagation?

    private enum CodingKeys: String, CodingKey {
        case apiVersion, kind, preconditions, gracePeriodSeconds, propagationPolicy
    }

    init(uid: String?, resourceVersion: String?, gracePeriodSeconds: Int64?, propagation: Propagation?) {
        if uid != nil || resourceVersion != nil {
            preconditions = Preconditions(uid: uid, resourceVersion: resourceVersion)
        }
        self.gracePeriodSeconds = gracePeriodSeconds
        propagationPolicy = propagation
    }

    var isEmpty: Bool { preconditions == nil && gracePeriodSeconds == nil && propagationPolicy == nil }
}
