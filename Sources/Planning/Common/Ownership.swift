import KubeAPI

/// What to do with the objects that a selector matches or a controller owns.
public struct Claims<Object: KubeObject>: Sendable, Equatable {
    /// Already owned, and matched.
    public var owned: [Object] = []
    /// Orphans that match: they get a controller reference.
    public var adopt: [Object] = []
    /// Owned, but no longer matched: they lose the controller reference.
    public var release: [Object] = []

    public init() {}

    /// Everything that counts as the owner's once the writes are done.
    public var claimed: [Object] { owned + adopt }
}

/// Divides `objects` into what `owner` has, takes and lets go.
///
/// Objects of another controller are left alone; nothing that is being deleted is adopted, and an owner that is being
/// deleted adopts and releases nothing. Source: kubernetes `pkg/controller/controller_ref_manager.go`, `ClaimObject`.
public func claims<Object: KubeObject>(
    of owner: some KubeObject, on objects: [Object], selector: LabelSelector
) -> Claims<Object> {
    var claims = Claims<Object>()
    for object in objects {
        let matches = selector.matches(object.metadata.labels)
        if let controller = object.metadata.controller {
            guard controller.uid == owner.metadata.uid else { continue }
            if matches {
                claims.owned.append(object)
            } else if owner.metadata.deletionTimestamp == nil {
                claims.release.append(object)
            }
        } else if matches, owner.metadata.deletionTimestamp == nil, object.metadata.deletionTimestamp == nil {
            claims.adopt.append(object)
        }
    }
    return claims
}
