import KubeAPI

/// A value of the language.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(Instant)
    /// Nanoseconds.
    case duration(Int64)
    case list(ListValue)
    case map(MapValue)
    case object(ObjectValue)
    indirect case optional(Value?)
    case type(String)
    case quantity(ExactQuantity)
    case url(URLParts)
    case address(IPAddress)
    case network(CIDRBlock)
    case format(String)
    /// Data that does not fit its schema; whoever looks at it gets this message.
    case unusable(String)

    public static func values(_ values: [Value]) -> Value { .list(ListValue(values)) }
}

extension Value {
    /// - Parameters:
    ///   - json: a piece of an object.
    ///   - type: what its schema says of it.
    public init(_ json: JSONValue, as type: DataType) {
        switch (json, type) {
        case (.null, _): self = .null
        case (.bool(let flag), .any), (.bool(let flag), .scalar(.bool)): self = .bool(flag)
        case (.int(let whole), .any), (.int(let whole), .scalar(.int)): self = .int(whole)
        case (.int(let whole), .scalar(.double)): self = .double(Double(whole))
        case (.double(let number), .any), (.double(let number), .scalar(.double)): self = .double(number)
        case (.double(let number), .scalar(.int)):
            self = Int64(exactly: number).map(Value.int) ?? .unusable("\(number) is no whole number of 64 bits")
        case (.string(let text), .any), (.string(let text), .scalar(.string)): self = .string(text)
        case (.string(let text), .scalar(let type)): self = Self.formatted(text, as: type)
        case (.array(let items), .any): self = .list(ListValue(items, element: .any, identity: .ordered))
        case (.array(let items), .list(let element, let identity)):
            self = .list(ListValue(items, element: element, identity: identity))
        case (.object(let members), .any): self = .map(MapValue(members, value: .any))
        case (.object(let members), .map(let value)): self = .map(MapValue(members, value: value))
        case (.object(let members), .object(let object)): self = .object(ObjectValue(members: members, type: object))
        default: self = .unusable("invalid data, expected \(type.type.name)")
        }
    }

    private static func formatted(_ text: String, as type: CELType) -> Value {
        switch type {
        case .timestamp:
            if let instant = Instant(text) ?? Instant(date: text) { return .timestamp(instant) }
            return .unusable("invalid data, expected a date or date-time but got \"\(text)\"")
        case .duration:
            if let length = GoDuration.parseLenient(text) { return .duration(length) }
            return .unusable("invalid data, expected a duration but got \"\(text)\"")
        case .bytes:
            if let bytes = Base64.decode(text) { return .bytes(bytes) }
            return .unusable("invalid data, expected base64 but got \"\(text)\"")
        default: return .unusable("invalid data, expected \(type.name)")
        }
    }

    /// The type at run time, as `type()` gives it.
    var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .list: "list"
        case .map: "map"
        case .object(let object): object.type.name
        case .optional: "optional_type"
        case .type: "type"
        case .quantity: "kubernetes.Quantity"
        case .url: "kubernetes.URL"
        case .address: "net.IP"
        case .network: "net.CIDR"
        case .format: "kubernetes.NamedFormat"
        case .unusable: "error"
        }
    }

    /// How many parts it has: what looking at all of it costs.
    ///
    /// Counting ends at `limit`.
    func weight(limit: Int) -> Int {
        switch self {
        case .string(let text): 1 + text.utf8.count / 10
        case .bytes(let bytes): 1 + bytes.count / 10
        case .list(let list): list.weight(limit: limit)
        case .map(let map): map.weight(limit: limit)
        case .object(let object): JSONValue.object(object.members).weight(limit: limit)
        case .url(let url): 1 + url.size / 10
        case .optional(let value): 1 + (value?.weight(limit: limit) ?? 0)
        default: 1
        }
    }
}

extension JSONValue {
    func weight(limit: Int) -> Int {
        switch self {
        case .string(let text): return 1 + text.utf8.count / 10
        case .array(let items): return items.weight(limit: limit) { $0.weight(limit: $1) }
        case .object(let members): return members.weight(limit: limit) { $0.key.weight(of: $0.value, limit: $1) }
        default: return 1
        }
    }
}

extension String {
    /// A member's: of its key, which may be as long as any text, and its value.
    func weight(of value: JSONValue, limit: Int) -> Int { utf8.count / 10 + value.weight(limit: limit) }
}

extension Collection {
    /// One more than the weights of all elements; counting ends at `limit`.
    func weight(limit: Int, _ weigh: (Element, Int) -> Int) -> Int {
        var total = 1
        for element in self {
            total += weigh(element, limit - total)
            if total > limit { break }
        }
        return total
    }
}
