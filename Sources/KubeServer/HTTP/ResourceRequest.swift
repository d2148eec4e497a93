import KubeAPI

/// A request about one resource: chooses the operation by method and gives the answer its form.
struct ResourceRequest: Sendable {
    let handler: APIHandler
    let call: APICall
    let definition: ResourceDefinition
    let target: ResourceTarget

    var operations: ObjectOperations { handler.operations }
    var key: ObjectKey { ObjectKey(namespace: target.namespace ?? "", name: target.name ?? "") }

    /// What the request is about to do to the resource; nil for methods that mean nothing here.
    var verb: String? {
        switch (call.method, target.name == nil) {
        case ("GET", true), ("HEAD", true): "list"
        case ("GET", false), ("HEAD", false): "get"
        case ("POST", true): "create"
        case ("DELETE", true): "deletecollection"
        case ("DELETE", false): "delete"
        case ("PUT", false): "update"
        case ("PATCH", false): "patch"
        default: nil
        }
    }

    func replyForCollection() async throws(Status) -> APIReply {
        switch call.method {
        case "GET", "HEAD": return call.query.flag("watch") ? try await watch() : try await list()
        case "POST":
            if definition.type.isNamespaced, target.namespace == nil {
                throw .methodNotAllowed
            }
            let (body, duplicates) = try call.json()
            let outcome = try await operations.create(
                definition, namespace: target.namespace ?? "", body: body, duplicates: duplicates,
                options: call.query.writeOptions())
            return try reply(outcome, code: 201)
        case "DELETE": return try await deleteCollection()
        default: throw .methodNotAllowed
        }
    }

    func replyForObject() async throws(Status) -> APIReply {
        switch call.method {
        case "GET", "HEAD":
            return call.query.flag("watch") ? try await watch() : try await read()
        case "PUT":
            let (body, duplicates) = try call.json()
            let outcome = try await operations.update(
                definition, key, body: body, duplicates: duplicates, options: call.query.writeOptions())
            return try reply(outcome)
        case "PATCH": return try reply(try await patch(part: .main))
        case "DELETE": return try await delete()
        default: throw .methodNotAllowed
        }
    }

    private func shown() throws(Status) -> JSONValue { definition.shown(try operations.get(definition, key).value) }

    func replyForStatus() async throws(Status) -> APIReply {
        switch call.method {
        case "GET", "HEAD": return try reply(WriteOutcome(object: try shown()))
        case "PUT":
            let (body, duplicates) = try call.json()
            let outcome = try await operations.update(
                definition, key, part: .status, body: body, duplicates: duplicates, options: call.query.writeOptions())
            return try reply(outcome)
        case "PATCH": return try reply(try await patch(part: .status))
        default: throw .methodNotAllowed
        }
    }

    func replyForScale(_ paths: ResourceDefinition.ScalePaths) async throws(Status) -> APIReply {
        let options = try call.query.writeOptions()
        let change: @Sendable (JSONValue) throws(Status) -> JSONValue
        switch call.method {
        case "GET", "HEAD":
            return APIReply(Scale.view(of: try shown(), paths))
        case "PUT":
            let scale = try call.json().value
            change = { [definition] object throws(Status) in try Scale.apply(scale, to: object, definition, paths) }
        case "PATCH":
            let patch = try PatchBody(call, allowsStrategic: true)
            change = { [definition] object throws(Status) in
                try Scale.apply(patch.apply(to: Scale.view(of: object, paths)), to: object, definition, paths)
            }
        default: throw .methodNotAllowed
        }
        let outcome = try await operations.modify(definition, key, options: options, change)
        return APIReply(Scale.view(of: outcome.object, paths), warnings: outcome.warnings)
    }

    func replyForFinalize() async throws(Status) -> APIReply {
        guard call.method == "PUT" else { throw .methodNotAllowed }
        let (body, duplicates) = try call.json()
        let outcome = try await operations.update(
            definition, key, part: .finalize, body: body, duplicates: duplicates, options: call.query.writeOptions())
        return try reply(outcome)
    }

    func replyForReview(_ review: Review) throws(Status) -> APIReply {
        guard call.method == "POST", target.name == nil else { throw .methodNotAllowed }
        let (body, duplicates) = try call.json()
        let decoding = ObjectDecoding(definition: definition, validation: try call.query.writeOptions().validation)
        var outcome = try decoding.decode(body, duplicates: duplicates)
        outcome.object = review.answer(outcome.object)
        return try reply(outcome, code: 201)
    }

    private func patch(part: ObjectPart) async throws(Status) -> WriteOutcome {
        let patch = try PatchBody(call, allowsStrategic: definition.isBuiltIn)
        return try await operations.modify(
            definition, key, part: part, duplicates: patch.duplicates, options: call.query.writeOptions()
        ) { object throws(Status) in try patch.apply(to: object) }
    }

    private func deleteOptions() throws(Status) -> DeleteOptions {
        try DeleteOptions(body: call.body.isEmpty ? .none : .some(call.json().value), query: call.query)
    }

    private func delete() async throws(Status) -> APIReply {
        switch try await operations.delete(definition, key, options: deleteOptions()) {
        case .pending(let object): return try reply(WriteOutcome(object: object))
        case .deleted(let object):
            let details = Status.Details(
                name: key.name, group: definition.type.group, kind: definition.type.plural, uid: object.uid)
            return APIReply(Status(code: 200, reason: "", message: "", details: details))
        }
    }

    private func deleteCollection() async throws(Status) -> APIReply {
        let options = try deleteOptions()
        let found = operations.store.list(definition.storageKey, try filter()).objects
        let items = try await operations.delete(found, of: definition, options: options).map {
            definition.shown($0.value)
        }
        return APIReply([
            "kind": .string(definition.listKind), "apiVersion": .string(definition.type.apiVersion),
            "metadata": ["resourceVersion": .string(String(operations.store.revision))], "items": .array(items),
        ])
    }

    /// The objects that the path, `labelSelector` and `fieldSelector` choose.
    func filter() throws(Status) -> ObjectFilter {
        var filter = ObjectFilter(namespace: definition.type.isNamespaced ? target.namespace : "")
        if let text = call.query["labelSelector"], !text.isEmpty { filter.labels = try LabelQuery.parse(text) }
        if let text = call.query["fieldSelector"], !text.isEmpty {
            filter.fields = try FieldQuery.parse(
                text, fields: definition.selectableFields, aliases: definition.fieldAliases)
        }
        if let name = target.name {
            filter.fields.requirements.append(
                FieldQuery.Requirement(
                    field: "metadata.name", path: ["metadata", "name"], value: name, isNegated: false))
        }
        return filter
    }
}
