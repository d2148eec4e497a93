import KubeAPI

/// Objects as they are stored, and as a definition shows them.
extension ResourceDefinition {
    /// A stored object as this definition shows it: in its version, without what that version does not know.
    func shown(_ object: JSONValue) -> JSONValue {
        if case .coreEvents = storedForm { return EventForms.grouped(object) }
        guard object["apiVersion"]?.stringValue != type.apiVersion else { return object }
        var shown = object
        shown["apiVersion"] = .string(type.apiVersion)
        if case .version = storedForm { _ = schema.prune(&shown, isRoot: true) }
        return shown
    }

    /// An object of this definition as it is stored.
    func stored(_ object: JSONValue) -> JSONValue {
        switch storedForm {
        case .same: return object
        case .coreEvents: return EventForms.core(object)
        case .version(let apiVersion, let schema):
            guard object["apiVersion"]?.stringValue != apiVersion else { return object }
            var stored = object
            stored["apiVersion"] = .string(apiVersion)
            _ = schema.prune(&stored, isRoot: true)
            return stored
        }
    }

    /// A stored object as another schema than the one that it was written by reads it.
    func reread(_ object: JSONValue) -> JSONValue {
        var read = object
        _ = schema.prune(&read, isRoot: true)
        schema.applyDefaults(to: &read)
        return read
    }
}

/// The two forms of an Event.
enum EventForms {
    /// core/v1 and events.k8s.io/v1.
    private static let names: [(core: String, grouped: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ]

    static func grouped(_ event: JSONValue) -> JSONValue {
        renamed(event, to: "events.k8s.io/v1", names.map { ($0.core, $0.grouped) })
    }

    static func core(_ event: JSONValue) -> JSONValue {
        var core = renamed(event, to: "v1", names.map { ($0.grouped, $0.core) })
        if core["involvedObject"] == nil { core["involvedObject"] = .object([:]) }
        return core
    }

    private static func renamed(
        _ event: JSONValue, to apiVersion: String, _ names: [(String, String)]
    ) -> JSONValue {
        var members = event.objectValue ?? [:]
        members["apiVersion"] = .string(apiVersion)
        for (old, new) in names { members[new] = members.removeValue(forKey: old) }
        return .object(members)
    }
}
