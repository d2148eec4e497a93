import KubeAPI

/// What a deletion came to.
enum DeleteOutcome: Sendable {
    case deleted(JSONValue)
    /// Deletion has begun; finalizers, a grace period or a namespace's content hold the object.
    case pending(JSONValue)
}

extension ObjectOperations {
    static let orphanFinalizer = "orphan"
    static let foregroundFinalizer = "foregroundDeletion"
    private static let permanentNamespaces: Set<String> = ["default", "kube-system", "kube-public"]

    /// Deletes an object, or begins to.
    func delete(
        _ definition: ResourceDefinition, _ key: ObjectKey, options: DeleteOptions = DeleteOptions()
    ) async throws(Status) -> DeleteOutcome {
        for _ in 0..<Self.attempts {
            let old = try get(definition, key)
            try check(options, on: old, definition)
            if case .namespace = definition.behaviour, Self.permanentNamespaces.contains(key.name) {
                throw .forbidden(definition.type, key.name, "this namespace may not be deleted")
            }
            let marked = mark(old.value, definition, options)
            let isGone = definition.isFinished(marked)
            if options.isDryRun || (!isGone && marked == old.value) {
                return isGone ? .deleted(definition.shown(old.value)) : .pending(definition.shown(marked))
            }
            do throws(WriteFailure) {
                if isGone {
                    return .deleted(definition.shown(try await store.commit(.delete(old.value, of: old)).value))
                }
                return .pending(definition.shown(try await store.commit(.update(marked, of: old)).value))
            } catch {
                try Self.rethrowUnlessConflict(error)
            }
        }
        throw .modified(definition.type, key.name)
    }

    /// Deletes objects of one resource, many at a time, so that they share commits.
    ///
    /// - Returns: those that were still there.
    /// - Throws: the first refusal; what comes after it is left, what was under way is not.
    func delete(
        _ objects: [StoredObject], of definition: ResourceDefinition, options: DeleteOptions = DeleteOptions()
    ) async throws(Status) -> [StoredObject] {
        var refusal: Status?
        var gone = Set<Int>()
        await withTaskGroup(of: (Int, Status?).self) { group in
            var next = 0
            func begin() {
                guard refusal == nil, next < objects.count else { return }
                let (index, key) = (next, objects[next].key)
                next += 1
                group.addTask {
                    do throws(Status) {
                        _ = try await delete(definition, key, options: options)
                        return (index, nil)
                    } catch {
                        return (index, error)
                    }
                }
            }
            for _ in 0..<Self.atOnce { begin() }
            for await (index, error) in group {
                // Someone else was faster.
                if error?.isNotFound == true { gone.insert(index) } else { refusal = refusal ?? error }
                begin()
            }
        }
        if let refusal { throw refusal }
        return objects.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    }

    /// As many as one commit may hold.
    static let atOnce = 256

    private func check(
        _ options: DeleteOptions, on old: StoredObject, _ definition: ResourceDefinition
    ) throws(Status) {
        if let uid = options.uid, uid != old.value.uid {
            throw .conflict(
                definition.type, old.key.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.value.uid)")
        }
        if let version = options.resourceVersion, version != String(old.revision) {
            throw .conflict(
                definition.type, old.key.name,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: "
                    + "\(old.revision)")
        }
    }

    /// The object with its deletion begun.
    private func mark(_ old: JSONValue, _ definition: ResourceDefinition, _ options: DeleteOptions) -> JSONValue {
        var object = old
        var finalizers = object.finalizers.filter { $0 != Self.orphanFinalizer && $0 != Self.foregroundFinalizer }
        switch options.propagation {
        case .orphan: finalizers.append(Self.orphanFinalizer)
        case .foreground: finalizers.append(Self.foregroundFinalizer)
        case .background:
            // An earlier, stronger request stands.
            if old.isBeingDeleted { finalizers = object.finalizers }
        }
        object.setFinalizers(finalizers)
        switch definition.behaviour {
        case .namespace: object.set("Terminating", at: ["status", "phase"])
        case .customResourceDefinition where !old.isBeingDeleted:
            CRDStatus.setTermination(&object, .pending, now: .now())
        default: break
        }
        let grace = graceSeconds(old, definition, options)
        if old.isBeingDeleted {
            let current = old["metadata"]?["deletionGracePeriodSeconds"]?.intValue ?? 0
            if grace >= current { return object }
        } else if definition.tracksGeneration {
            object.setMetadata("generation", .int(old.generation + 1))
        }
        let end = Timestamp.now().adding(seconds: Double(grace)).wholeSeconds
        object.setMetadata("deletionTimestamp", .string(end.description))
        object.setMetadata("deletionGracePeriodSeconds", .int(grace))
        return object
    }

    /// Only pods that a machine has claimed, and that may still run, are given time; whoever runs them deletes them
    /// again with a grace period of 0 once they have stopped.
    private func graceSeconds(
        _ object: JSONValue, _ definition: ResourceDefinition, _ options: DeleteOptions
    ) -> Int64 {
        guard case .pod = definition.behaviour, object["spec"]?["nodeName"]?.stringValue?.isEmpty == false else {
            return 0
        }
        let phase = object["status"]?["phase"]?.stringValue
        if phase == "Succeeded" || phase == "Failed" { return 0 }
        let wanted = options.gracePeriodSeconds ?? object["spec"]?["terminationGracePeriodSeconds"]?.intValue ?? 30
        return min(wanted, 86_400)
    }
}
