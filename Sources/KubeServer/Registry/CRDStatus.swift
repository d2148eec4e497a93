import KubeAPI

/// The status of a CustomResourceDefinition: which names it has got, and whether it is served.
///
/// Source: apiextensions-apiserver `pkg/controller/status` (naming) and `pkg/controller/finalizer`.
enum CRDStatus {
    /// The names that are taken in a group.
    struct TakenNames: Sendable, Equatable {
        /// Plurals, singulars and short names: they share one space.
        var resources: Set<String> = []
        /// Kinds and list kinds.
        var kinds: Set<String> = []

        /// - Parameters:
        ///   - definitions: the other CustomResourceDefinitions of the group.
        ///   - builtIns: the built-in kinds of the group.
        init(definitions: [JSONValue] = [], builtIns: [ResourceDefinition] = []) {
            for crd in definitions {
                let names = crd["status"]?["acceptedNames"]
                for text in [names?["plural"], names?["singular"]] + (names?["shortNames"]?.arrayValue ?? []) {
                    if let text = text?.stringValue { resources.insert(text) }
                }
                for text in [names?["kind"], names?["listKind"]] {
                    if let text = text?.stringValue { kinds.insert(text) }
                }
            }
            for definition in builtIns {
                resources.formUnion([definition.type.plural, definition.singular] + definition.shortNames)
                kinds.formUnion([definition.type.kind, definition.listKind])
            }
        }
    }

    static func isTrue(_ type: String, in crd: JSONValue) -> Bool { condition(type, in: crd)?["status"] == "True" }

    private static func condition(_ type: String, in crd: JSONValue) -> JSONValue? {
        crd["status"]?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    }

    /// Brings the status up to date with the spec.
    ///
    /// A name that is taken is not accepted; what was accepted before stays. A definition is established once all of its
    /// names were accepted, and stays so.
    static func update(_ crd: inout JSONValue, taken: TakenNames, now: Timestamp) {
        let (names, conflict) = accept(crd, taken)
        crd.set(names, at: ["status", "acceptedNames"])
        if let conflict {
            set(&crd, "NamesAccepted", "False", conflict.reason, conflict.message, now)
        } else {
            set(&crd, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        }
        if !isTrue("Established", in: crd) {
            if conflict == nil {
                let why = "the initial names have been accepted"
                set(&crd, "Established", "True", "InitialNamesAccepted", why, now)
            } else {
                set(&crd, "Established", "False", "NotAccepted", "not all names are accepted", now)
            }
        }
        var versions = crd["status"]?["storedVersions"]?.arrayValue ?? []
        for version in crd["spec"]?["versions"]?.arrayValue ?? [] where version["storage"] == true {
            if let name = version["name"], !versions.contains(name) { versions.append(name) }
        }
        crd.set(.array(versions), at: ["status", "storedVersions"])
    }

    private static func accept(
        _ crd: JSONValue, _ taken: TakenNames
    ) -> (names: JSONValue, conflict: (reason: String, message: String)?) {
        let wanted = crd["spec"]?["names"] ?? .object([:])
        var names = crd["status"]?["acceptedNames"] ?? .object([:])
        var conflict: (reason: String, message: String)?
        for (field, reason, used) in [
            ("plural", "PluralConflict", taken.resources), ("singular", "SingularConflict", taken.resources),
            ("kind", "KindConflict", taken.kinds), ("listKind", "ListKindConflict", taken.kinds),
        ] {
            let text = wanted[field]?.stringValue ?? ""
            if wanted[field] != names[field], used.contains(text) {
                conflict = (reason, "\"\(text)\" is already in use")
            } else {
                names[field] = wanted[field]
            }
        }
        let own = Set((names["shortNames"]?.arrayValue ?? []).compactMap(\.stringValue))
        let short = (wanted["shortNames"]?.arrayValue ?? []).compactMap(\.stringValue)
        let refused = short.filter { !own.contains($0) && taken.resources.contains($0) }
        if refused.isEmpty {
            names["shortNames"] = wanted["shortNames"]
        } else {
            let message = refused.map { "\"\($0)\" is already in use" }.joined(separator: ", ")
            conflict = ("ShortNamesConflict", refused.count > 1 ? "[\(message)]" : message)
        }
        names["categories"] = wanted["categories"]
        return (names, conflict)
    }

    /// Takes away the accepted names that others have got before, if there are such.
    static func revoke(_ crd: inout JSONValue, _ claimed: TakenNames) {
        let own = TakenNames(definitions: [crd])
        guard !own.resources.isDisjoint(with: claimed.resources) || !own.kinds.isDisjoint(with: claimed.kinds) else {
            return
        }
        crd.set(nil, at: ["status", "acceptedNames"])
        crd.set(nil, at: ["status", "conditions"])
    }

    /// Where the deletion of a definition stands.
    enum Termination {
        case pending, inProgress
    }

    static func setTermination(_ crd: inout JSONValue, _ termination: Termination, now: Timestamp) {
        switch termination {
        case .pending:
            set(
                &crd, "Terminating", "True", "InstanceDeletionPending",
                "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now)
        case .inProgress:
            set(
                &crd, "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress",
                now)
        }
    }

    /// Sets a condition; its time changes only with its status.
    private static func set(
        _ crd: inout JSONValue, _ type: String, _ status: String, _ reason: String, _ message: String,
        _ now: Timestamp
    ) {
        let conditions = crd["status"]?["conditions"]?.arrayValue ?? []
        crd.set(
            .array(Conditions.setting(conditions, type, status, reason: reason, message: message, now: now)),
            at: ["status", "conditions"])
    }
}

/// Lists of conditions, as status has them.
enum Conditions {
    /// The list with one condition set; its time changes only with its status.
    static func setting(
        _ conditions: [JSONValue], _ type: String, _ status: String, reason: String, message: String, now: Timestamp
    ) -> [JSONValue] {
        var conditions = conditions
        let index = conditions.firstIndex { $0["type"]?.stringValue == type }
        let old = index.map { conditions[$0] }
        let isSame = old?["status"]?.stringValue == status
        let time = isSame ? old?["lastTransitionTime"] : nil
        let condition: JSONValue = [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": time ?? .string(now.wholeSeconds.description),
        ]
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        return conditions
    }
}
