import Foundation
import KubeAPI

/// The verbs of the API on stored objects.
///
/// Knows nothing of HTTP.
struct ObjectOperations: Sendable {
    /// How often a patch or deletion that was overtaken by another write is tried again.
    static let attempts = 16

    let store: ObjectStore
    let registry: ResourceRegistry

    /// Reads one object.
    func get(_ definition: ResourceDefinition, _ key: ObjectKey) throws(Status) -> StoredObject {
        guard let object = store.get(definition.storageKey, key) else { throw .notFound(definition.type, key.name) }
        return object
    }

    /// Creates an object.
    ///
    /// - Parameters:
    ///   - definition: its resource.
    ///   - namespace: the namespace of the URL; empty for cluster-scoped resources.
    ///   - body: what the client sent.
    ///   - duplicates: members that the body names twice.
    ///   - options: how to write.
    /// - Returns: the stored object.
    /// - Throws: 400, 403, 404 (no such namespace), 409 or 422.
    func create(
        _ definition: ResourceDefinition, namespace: String, body: JSONValue, duplicates: [String] = [],
        options: WriteOptions = WriteOptions()
    ) async throws(Status) -> WriteOutcome {
        let decoding = ObjectDecoding(definition: definition, validation: options.validation)
        var outcome = try decoding.decode(body, duplicates: duplicates)
        let needsName = outcome.object.name.isEmpty
        try prepareCreation(of: &outcome.object, definition, namespace: namespace)
        try checkNamespace(namespace, takes: definition, name: outcome.object.name)
        try validate(outcome.object, definition, old: nil)
        if options.isDryRun {
            let key = ObjectKey(namespace: namespace, name: outcome.object.name)
            if store.get(definition.storageKey, key) != nil { throw .alreadyExists(definition.type, key.name) }
            return outcome
        }
        let stored = definition.stored(outcome.object)
        for _ in 0..<Self.attempts {
            do throws(WriteFailure) {
                var named = stored
                named.setMetadata("name", .string(outcome.object.name))
                let created = try await store.commit(.create(named, resource: definition.storageKey))
                outcome.object = definition.shown(created.value)
                outcome.stored = created
                return outcome
            } catch {
                try Self.rethrowUnlessConflict(error)
            }
            guard needsName, let prefix = outcome.object["metadata"]?["generateName"]?.stringValue else { break }
            outcome.object.setMetadata("name", .string(Self.generateName(prefix)))
        }
        throw .alreadyExists(definition.type, outcome.object.name)
    }

    private func prepareCreation(
        of object: inout JSONValue, _ definition: ResourceDefinition, namespace: String
    ) throws(Status) {
        if !object.namespace.isEmpty, object.namespace != namespace {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        if let version = object.resourceVersion, !version.isEmpty {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        if object.name.isEmpty, let prefix = object["metadata"]?["generateName"]?.stringValue, !prefix.isEmpty {
            object.setMetadata("name", .string(Self.generateName(prefix)))
        }
        let now = Timestamp.now()
        object.setMetadata("namespace", namespace.isEmpty ? .none : .some(.string(namespace)))
        object.setMetadata("uid", .string(UUID().uuidString.lowercased()))
        object.setMetadata("creationTimestamp", .string(now.wholeSeconds.description))
        object.setMetadata("generation", definition.tracksGeneration ? .some(1) : .none)
        for field in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            object.setMetadata(field, nil)
        }
        if definition.hasStatus { object["status"] = nil }
        definition.completeCreation(&object, taken: takenNames(for: object, definition), now: now)
    }

    private func checkNamespace(
        _ namespace: String, takes definition: ResourceDefinition, name: String
    ) throws(Status) {
        if !definition.isBuiltIn,
            store.get(
                BuiltIns.customResourceDefinitions.storageKey, ObjectKey(namespace: "", name: definition.storageKey))?
                .isBeingDeleted == true
        {
            throw Status(
                code: 405, reason: "MethodNotAllowed",
                message: "create not allowed while custom resource definition is terminating",
                details: Status.Details(name: name, group: definition.type.group, kind: definition.type.plural))
        }
        guard definition.type.isNamespaced else { return }
        let key = ObjectKey(namespace: "", name: namespace)
        guard let found = store.get(BuiltIns.namespaces.storageKey, key) else {
            throw .notFound(BuiltIns.namespaces.type, namespace)
        }
        if found.isBeingDeleted {
            var refusal = Status.forbidden(
                definition.type, name,
                "unable to create new content in namespace \(namespace) because it is being terminated")
            refusal.details?.causes = [
                Status.Cause(
                    reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
                    field: "metadata.namespace")
            ]
            throw refusal
        }
    }

    /// - Parameters:
    ///   - object: what is about to be stored.
    ///   - definition: its resource.
    ///   - old: what it replaces; nil when it is created.
    /// - Throws: a 422 that names everything that is wrong.
    func validate(_ object: JSONValue, _ definition: ResourceDefinition, old: JSONValue?) throws(Status) {
        var errors = MetadataRules.errors(in: object, of: definition)
        let schemaErrors = definition.schema.validate(object, old: old)
        errors += schemaErrors
        errors += definition.schema.ruleErrors(in: object, old: old, after: errors)
        if schemaErrors.isEmpty { errors += definition.errors(in: object, old: old) }
        if !errors.isEmpty { throw .invalid(definition.type, object.name, errors.told) }
    }

    /// A prefix with five random characters that make no words (apimachinery `rand.String`).
    static func generateName(_ prefix: String) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        let suffix = (0..<5).compactMap { _ in alphabet.randomElement() }
        return String(prefix.prefix(58)) + String(suffix)
    }

    /// A conflict is the caller's to handle; anything else is the database's.
    static func rethrowUnlessConflict(_ failure: WriteFailure) throws(Status) {
        switch failure {
        case .conflict: return
        case .full(let why):
            throw Status(
                code: 507, reason: "InsufficientStorage",
                message: "the write could not be stored and nothing was changed: \(why)")
        case .storage(let why):
            throw .internalError("the write could not be stored and nothing was changed: \(why)")
        }
    }
}
