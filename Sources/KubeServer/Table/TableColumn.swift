import KubeAPI

/// One column of what `kubectl get` prints.
struct TableColumn: Sendable {
    enum Source: Sendable {
        case path(JSONPath)
        /// Seconds since the time that the path leads to, as people say it.
        case age(JSONPath)
        case computed(@Sendable (JSONValue) -> JSONValue)
    }

    var name: String
    /// `string`, `integer`, `number`, `boolean` or `date`.
    var type: String
    var format = ""
    var description = ""
    /// 0: always shown; more: with `-o wide` only.
    var priority: Int64 = 0
    var source: Source

    /// The columns of a resource that names none.
    static let standard = [name, age]

    static let name = TableColumn(
        name: "Name", type: "string", format: "name", description: "Name must be unique within a namespace.",
        source: .computed { .string($0.name) })

    static let age = TableColumn(
        name: "Age", type: "string", description: "Time since the object was created.",
        source: JSONPath(".metadata.creationTimestamp").map(Source.age) ?? .computed { _ in .null })

    static func path(_ name: String, _ path: String, type: String = "string", wide: Bool = false) -> TableColumn {
        TableColumn(
            name: name, type: type, priority: wide ? 1 : 0,
            source: JSONPath(path).map(Source.path) ?? .computed { _ in .null })
    }

    static func computed(
        _ name: String, type: String = "string", wide: Bool = false,
        _ value: @escaping @Sendable (JSONValue) -> JSONValue
    ) -> TableColumn {
        TableColumn(name: name, type: type, priority: wide ? 1 : 0, source: .computed(value))
    }

    /// The cell of one object; null reads as `<none>` in kubectl.
    func cell(of object: JSONValue, now: Timestamp) -> JSONValue {
        switch source {
        case .computed(let value): return value(object)
        case .age(let path):
            guard let text = path.values(in: object).first?.stringValue else { return .null }
            guard let time = Timestamp(text) else { return .string("<invalid>") }
            return .string(HumanDuration.text(seconds: now.seconds - time.seconds))
        case .path(let path): return cell(path.values(in: object))
        }
    }

    /// One value stands for itself where it fits the column's type; several are joined, as kubectl does.
    private func cell(_ values: [JSONValue]) -> JSONValue {
        guard let first = values.first else { return .null }
        if values.count > 1 { return .string(values.map(\.cellText).joined(separator: ",")) }
        switch (type, first) {
        case ("integer", .int), ("number", .int), ("number", .double), ("boolean", .bool), (_, .null): return first
        case ("integer", _), ("number", _), ("boolean", _): return .null
        default: return .string(first.cellText)
        }
    }
}

extension JSONValue {
    /// The value as a cell shows it: text without quotes, anything else as JSON.
    var cellText: String { stringValue ?? String(decoding: serializedBytes(), as: UTF8.self) }
}
