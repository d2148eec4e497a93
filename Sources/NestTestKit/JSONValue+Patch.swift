import KubeAPI

extension JSONValue {
    /// This value with a merge patch applied (RFC 7396).
    func merging(_ patch: JSONValue) -> JSONValue {
        guard case .object(let members) = patch else { return patch }
        var result = objectValue ?? [:]
        for (key, value) in members {
            result[key] = value.isNull ? Optional.none : (result[key] ?? .null).merging(value)
        }
        return .object(result)
    }

    /// This value with a JSON patch applied (RFC 6902): `test`, `add`, `replace` and `remove`.
    func applying(operations: JSONValue) throws -> JSONValue {
        try (operations.arrayValue ?? []).reduce(self) { value, operation in
            let path: [String] = (operation["path"]?.stringValue ?? "")
                .split(separator: "/", omittingEmptySubsequences: false).dropFirst()
                .map { String($0.replacing("~1", with: "/").replacing("~0", with: "~")) }
            switch operation["op"]?.stringValue {
            case "test":
                guard value.at(path[...]) == operation["value"] else {
                    throw Self.refused("testing value \(operation["path"] ?? "") failed")
                }
                return value
            case "add": return try value.setting(path[...], to: operation["value"] ?? .null, inserting: true)
            case "replace": return try value.setting(path[...], to: operation["value"] ?? .null, inserting: false)
            case "remove": return try value.setting(path[...], to: nil, inserting: false)
            default: throw Self.refused("operation \(operation["op"] ?? .null) is not understood")
            }
        }
    }

    private func at(_ path: ArraySlice<String>) -> JSONValue? {
        guard let key = path.first else { return self }
        if case .array(let items) = self {
            return Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }?.at(path.dropFirst())
        }
        return self[key]?.at(path.dropFirst())
    }

    private func setting(_ path: ArraySlice<String>, to value: JSONValue?, inserting: Bool) throws -> JSONValue {
        guard let key = path.first else { return value ?? .null }
        let isLast = path.count == 1
        switch self {
        case .object(var members):
            guard isLast || members[key] != nil else { throw Self.refused("no member '\(key)'") }
            guard !isLast || inserting || members[key] != nil else { throw Self.refused("no member '\(key)'") }
            members[key] =
                isLast ? value : try members[key]?.setting(path.dropFirst(), to: value, inserting: inserting)
            return .object(members)
        case .array(var items):
            let index = key == "-" ? items.count : Int(key) ?? -1
            guard index >= 0, index < items.count + (isLast && inserting ? 1 : 0) else {
                throw Self.refused("no item \(key)")
            }
            if !isLast {
                items[index] = try items[index].setting(path.dropFirst(), to: value, inserting: inserting)
            } else if inserting {
                items.insert(value ?? .null, at: index)
            } else if let value {
                items[index] = value
            } else {
                items.remove(at: index)
            }
            return .array(items)
        default: throw Self.refused("'\(key)' is inside what is neither object nor list")
        }
    }

    private static func refused(_ message: String) -> Status {
        Status(code: 422, reason: "Invalid", message: "the patch cannot be applied: \(message)")
    }
}
