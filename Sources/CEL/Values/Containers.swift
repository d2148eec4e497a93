import KubeAPI

/// A list: made by an expression, or a part of an object whose items become values when they are looked at.
public struct ListValue: Sendable {
    private enum Storage: Sendable {
        case values([Value])
        case json([JSONValue], DataType)
    }

    private let storage: Storage
    let identity: ListIdentity

    init(_ values: [Value], identity: ListIdentity = .ordered) {
        storage = .values(values)
        self.identity = identity
    }

    init(_ items: [JSONValue], element: DataType, identity: ListIdentity) {
        storage = .json(items, element)
        self.identity = identity
    }

    var count: Int {
        switch storage {
        case .values(let values): values.count
        case .json(let items, _): items.count
        }
    }

    subscript(index: Int) -> Value {
        switch storage {
        case .values(let values): values[index]
        case .json(let items, let type): Value(items[index], as: type)
        }
    }

    var values: [Value] {
        switch storage {
        case .values(let values): values
        case .json(let items, let type): items.map { Value($0, as: type) }
        }
    }

    func weight(limit: Int) -> Int {
        switch storage {
        case .values(let values): values.weight(limit: limit) { $0.weight(limit: $1) }
        case .json(let items, _): items.weight(limit: limit) { $0.weight(limit: $1) }
        }
    }

    /// What tells the entry apart from others in this list.
    func key(of entry: Value) -> Value {
        guard case .map(let keys) = identity, case .object(let object) = entry else { return entry }
        return .values(keys.map { object.members[$0].map { Value($0, as: .any) } ?? .null })
    }

    /// What appending costs: two whole lists are copied; of those that are told apart by what is in them, all of that is
    /// looked at, and those that hash alike are compared with each other.
    func costOfAppending(_ other: ListValue, limit: Int) -> Int {
        if identity == .ordered { return count + other.count }
        return weight(limit: limit) + other.weight(limit: limit) + count * other.count / 100
    }

    /// `self + other`: sets unite, maps take the other's entries for the same keys.
    func appending(_ other: ListValue) -> ListValue {
        if identity == .ordered { return ListValue(values + other.values) }
        var result = values
        var places: [Value: Int] = [:]
        for (index, value) in result.enumerated() { places[key(of: value)] = index }
        for value in other.values {
            if let place = places[key(of: value)] {
                if identity != .set { result[place] = value }
            } else {
                places[key(of: value)] = result.count
                result.append(value)
            }
        }
        return ListValue(result, identity: identity)
    }
}

/// A map: made by an expression, or a part of an object.
public struct MapValue: Sendable {
    private enum Storage: Sendable {
        case values([Value: Value])
        case json([String: JSONValue], DataType)
    }

    private let storage: Storage

    init(_ values: [Value: Value]) { storage = .values(values) }
    init(_ members: [String: JSONValue], value: DataType) { storage = .json(members, value) }

    var count: Int {
        switch storage {
        case .values(let values): values.count
        case .json(let members, _): members.count
        }
    }

    subscript(key: Value) -> Value? {
        switch storage {
        case .values(let values): return values[key]
        case .json(let members, let type):
            guard case .string(let name) = key else { return nil }
            return members[name].map { Value($0, as: type) }
        }
    }

    /// In a fixed order, so that an expression gives the same each time.
    var keys: [Value] {
        switch storage {
        case .values(let values): values.keys.sorted { Value.order($0, $1) ?? 0 < 0 }
        case .json(let members, _): members.keys.sorted().map(Value.string)
        }
    }

    func weight(limit: Int) -> Int {
        switch storage {
        case .values(let values):
            values.weight(limit: limit) { $0.key.weight(limit: $1) + $0.value.weight(limit: $1) }
        case .json(let members, _): members.weight(limit: limit) { $0.key.weight(of: $0.value, limit: $1) }
        }
    }
}

/// An object with declared fields.
public struct ObjectValue: Sendable {
    let members: [String: JSONValue]
    let type: ObjectType

    /// The field by its name in expressions; nil when it is not set.
    subscript(field: String) -> Value? {
        guard let declared = type.fields[field], let json = members[declared.jsonName] else { return nil }
        return Value(json, as: declared.type)
    }

    /// What its members hold, in no order.
    var values: [Value] { members.map { Value($0.value, as: type.type(ofProperty: $0.key) ?? .any) } }
}
