import KubeAPI

extension ObjectOperations {
    /// Replaces an object, or its status.
    func update(
        _ definition: ResourceDefinition, _ key: ObjectKey, part: ObjectPart = .main, body: JSONValue,
        duplicates: [String] = [], options: WriteOptions = WriteOptions()
    ) async throws(Status) -> WriteOutcome {
        let hasVersion = body.resourceVersion?.isEmpty == false
        if !hasVersion, !definition.isBuiltIn {
            throw .invalid(
                definition.type, key.name,
                [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
        }
        return try await modify(
            definition, key, part: part, retries: !hasVersion, duplicates: duplicates, options: options
        ) {
            _ throws(Status) in body
        }
    }

    /// Changes an object by a function of what it is now.
    ///
    /// - Parameters:
    ///   - definition: its resource.
    ///   - key: which object.
    ///   - part: what of it may change.
    ///   - retries: whether to start over when another write came between.
    ///   - duplicates: members that the body names twice.
    ///   - options: how to write.
    ///   - change: gives the wanted object; called again for each attempt.
    /// - Returns: the stored object; the old one when nothing changed.
    /// - Throws: 400, 404, 409, 422, and whatever `change` throws.
    func modify(
        _ definition: ResourceDefinition, _ key: ObjectKey, part: ObjectPart = .main, retries: Bool = true,
        duplicates: [String] = [], options: WriteOptions = WriteOptions(),
        _ change: @Sendable (JSONValue) throws(Status) -> JSONValue
    ) async throws(Status) -> WriteOutcome {
        for _ in 0..<(retries ? Self.attempts : 1) {
            let old = try get(definition, key)
            let shown = definition.shown(old.value)
            let decoding = ObjectDecoding(definition: definition, validation: options.validation)
            var outcome = try decoding.decode(try change(shown), duplicates: duplicates)
            try checkIdentity(outcome.object, of: old, definition)
            outcome.object = try merged(outcome.object, onto: shown, definition, part)
            let stored = definition.stored(outcome.object)
            if Self.isSame(stored, old.value) {
                outcome.object = shown
                outcome.stored = old
                return outcome
            }
            try validate(outcome.object, definition, old: shown)
            if options.isDryRun { return outcome }
            do throws(WriteFailure) {
                let isGone = definition.isFinished(stored)
                let written = try await store.commit(isGone ? .delete(stored, of: old) : .update(stored, of: old))
                outcome.object = definition.shown(written.value)
                outcome.stored = written
                return outcome
            } catch {
                try Self.rethrowUnlessConflict(error)
            }
        }
        throw .modified(definition.type, key.name)
    }

    private func checkIdentity(
        _ object: JSONValue, of old: StoredObject, _ definition: ResourceDefinition
    ) throws(Status) {
        guard object.name == old.key.name else {
            throw .badRequest(
                "the name of the object (\(object.name)) does not match the name on the URL (\(old.key.name))")
        }
        if !object.namespace.isEmpty, object.namespace != old.key.namespace {
            throw .badRequest(
                "the namespace of the object (\(object.namespace)) does not match the namespace on the URL")
        }
        if !object.uid.isEmpty, object.uid != old.value.uid {
            throw .conflict(
                definition.type, old.key.name,
                "Precondition failed: UID in precondition: \(object.uid), UID in object meta: \(old.value.uid)")
        }
        if let version = object.resourceVersion, !version.isEmpty, version != String(old.revision) {
            throw .modified(definition.type, old.key.name)
        }
    }

    /// What the stored object becomes: the wanted part, with everything that is the server's kept.
    private func merged(
        _ wanted: JSONValue, onto old: JSONValue, _ definition: ResourceDefinition, _ part: ObjectPart
    ) throws(Status) -> JSONValue {
        if part == .status {
            var object = old
            object["apiVersion"] = wanted["apiVersion"]
            object["status"] = wanted["status"]
            return object
        }
        if part == .finalize {
            var object = old
            object.set(wanted["spec"]?["finalizers"], at: ["spec", "finalizers"])
            return object
        }
        var object = wanted
        for field in [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
            "generation", "generateName", "resourceVersion",
        ] {
            object.setMetadata(field, old["metadata"]?[field])
        }
        if definition.hasStatus { object["status"] = old["status"] }
        definition.completeUpdate(&object, old: old, taken: takenNames(for: object, definition), now: .now())
        if old.isBeingDeleted {
            let added = object.finalizers.filter { !old.finalizers.contains($0) }
            if !added.isEmpty {
                throw .invalid(
                    definition.type, object.name,
                    [
                        .forbidden(
                            "metadata.finalizers",
                            "no new finalizers can be added if the object is being deleted, found new finalizers \(added)"
                        )
                    ])
            }
        }
        if definition.tracksGeneration, Self.content(object, definition) != Self.content(old, definition) {
            object.setMetadata("generation", .int(old.generation + 1))
        }
        return object
    }

    /// What `metadata.generation` counts the changes of.
    private static func content(_ object: JSONValue, _ definition: ResourceDefinition) -> [String: JSONValue] {
        var members = object.objectValue ?? [:]
        for name in ["apiVersion", "kind", "metadata"] { members[name] = nil }
        if definition.hasStatus { members["status"] = nil }
        return members
    }

    private static func isSame(_ new: JSONValue, _ old: JSONValue) -> Bool { normalized(new) == normalized(old) }

    /// Empty maps and lists in metadata are as good as none.
    private static func normalized(_ object: JSONValue) -> JSONValue {
        var object = object
        object["metadata"] = .object(
            (object["metadata"]?.objectValue ?? [:]).filter { $0.value != .object([:]) && $0.value != .array([]) })
        return object
    }
}

extension ResourceDefinition {
    /// The object is being deleted and nothing holds it any more.
    func isFinished(_ object: JSONValue) -> Bool {
        guard object.isBeingDeleted, object.finalizers.isEmpty else { return false }
        switch behaviour {
        case .namespace: return object["spec"]?["finalizers"]?.arrayValue?.isEmpty ?? true
        case .pod: return object["metadata"]?["deletionGracePeriodSeconds"]?.intValue ?? 0 == 0
        default: return true
        }
    }
}
