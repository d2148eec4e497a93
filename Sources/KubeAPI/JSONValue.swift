import FoundationEssentials

/// Any JSON value (RFC 8259).
///
/// Whole numbers that fit keep their 64 bits; all others are doubles.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    /// Parses one JSON text.
    /// - Throws: `JSONError` when the text is not JSON.
    public init(parsing bytes: some Sequence<UInt8>) throws {
        self = try JSONReader.parse(bytes)
    }

    /// The JSON text with sorted keys, so that equal values have equal bytes.
    public func serialized(pretty: Bool = false) throws -> Data {
        if !pretty { return Data(serializedBytes()) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(self)
    }

    /// This value decoded as `type`.
    /// - Throws: `DecodingError`.
    public func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try JSONValueDecoder(self).decoded(type)
    }

    /// `value` as a JSON value.
    /// - Throws: `EncodingError`, for what JSON cannot hold.
    public init(encoding value: some Encodable) throws {
        self = try JSONValueEncoder.value(value, nil)
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        // Strings and containers come first: they are most of what an object holds.
        if let keyed = try? decoder.container(keyedBy: JSONKey.self) {
            var members: [String: JSONValue] = [:]
            for key in keyed.allKeys { members[key.stringValue] = try keyed.decode(JSONValue.self, forKey: key) }
            self = .object(members)
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var items: [JSONValue] = []
            while !list.isAtEnd { items.append(try list.decode(JSONValue.self)) }
            self = .array(items)
            return
        }
        let single = try decoder.singleValueContainer()
        if let text = try? single.decode(String.self) {
            self = .string(text)
        } else if single.decodeNil() {
            self = .null
        } else if let flag = try? single.decode(Bool.self) {
            self = .bool(flag)
        } else if let whole = try? single.decode(Int64.self) {
            self = .int(whole)
        } else {
            self = .double(try single.decode(Double.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var keyed = encoder.container(keyedBy: JSONKey.self)
            for (key, value) in members { try keyed.encode(value, forKey: JSONKey(key)) }
        case .array(let items):
            var list = encoder.unkeyedContainer()
            for item in items { try list.encode(item) }
        case .null:
            var single = encoder.singleValueContainer()
            try single.encodeNil()
        case .bool(let flag): try flag.encode(to: encoder)
        case .int(let whole): try whole.encode(to: encoder)
        case .double(let number): try number.encode(to: encoder)
        case .string(let text): try text.encode(to: encoder)
        }
    }
}

/// A coding key made of any string.
struct JSONKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ key: String) { stringValue = key }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension JSONValue {
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var intValue: Int64? { if case .int(let value) = self { value } else { nil } }
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }

    /// The member of that name; nil when absent or when this is no object.
    ///
    /// Setting nil removes it; setting a member of anything but an object makes it an object first.
    public subscript(key: String) -> JSONValue? {
        get { objectValue?[key] }
        set {
            var members = takeMembers()
            members[key] = newValue
            self = .object(members)
        }
    }

    /// Removes a member and gives it, so that it can be changed in place and set again.
    public mutating func take(_ key: String) -> JSONValue? {
        guard case .object = self else { return nil }
        var members = takeMembers()
        defer { self = .object(members) }
        return members.removeValue(forKey: key)
    }

    /// The members, held by nobody else when this value was not shared: changing them copies nothing.
    private mutating func takeMembers() -> [String: JSONValue] {
        guard case .object(let members) = self else { return [:] }
        self = .null
        return members
    }

    /// The value at a path of member names; nil where any is absent.
    public subscript(path: [String]) -> JSONValue? {
        path.reduce(Optional(self)) { value, key in value?[key] }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
    public init(nilLiteral: ()) { self = .null }
}
