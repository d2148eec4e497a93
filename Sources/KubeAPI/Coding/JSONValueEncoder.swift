/// Encodes an `Encodable` as a JSON value; the counterpart of `JSONValueDecoder`.
///
/// A class because the containers that it hands out write to it. It lives only while one value is being encoded.
final class JSONValueEncoder: Encoder {
    /// What has been written so far; containers that were handed out fill in their part until the end.
    private enum Content {
        case nothing
        case value(JSONValue)
        case members([String: JSONValueEncoder], plain: [String: JSONValue])
        case items([JSONValueEncoder])
    }

    let path: CodingTrail?
    var codingPath: [any CodingKey] { path?.keys ?? [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    private var content = Content.nothing

    init(_ path: CodingTrail?) { self.path = path }

    /// The value that everything written comes to; an empty object when nothing was, as Foundation has it.
    var result: JSONValue {
        switch content {
        case .nothing: return .object([:])
        case .value(let value): return value
        case .members(let nested, var plain):
            for (key, encoder) in nested { plain[key] = encoder.result }
            return .object(plain)
        case .items(let items): return .array(items.map(\.result))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .members = content {} else { content = .members([:], plain: [:]) }
        return KeyedEncodingContainer(KeyedWriter<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .items = content {} else { content = .items([]) }
        return UnkeyedWriter(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleWriter(encoder: self) }

    // MARK: What the containers write

    func set(_ value: JSONValue) { content = .value(value) }

    func set(_ value: JSONValue, at key: String) {
        guard case .members(let nested, var plain) = content else { return }
        content = .nothing  // so that the members are changed in place
        plain[key] = value
        content = .members(nested, plain: plain)
    }

    func append(_ value: JSONValue) { child().set(value) }

    /// An encoder whose result becomes the member of that key.
    func child(at key: any CodingKey) -> JSONValueEncoder {
        let child = JSONValueEncoder(CodingTrail(key, path))
        guard case .members(var nested, let plain) = content else { return child }
        nested[key.stringValue] = child
        content = .members(nested, plain: plain)
        return child
    }

    /// An encoder whose result becomes the next item.
    func child() -> JSONValueEncoder {
        let child = JSONValueEncoder(CodingTrail(IndexKey(count), path))
        guard case .items(var items) = content else { return child }
        content = .nothing
        items.append(child)
        content = .items(items)
        return child
    }

    var count: Int { if case .items(let items) = content { items.count } else { 0 } }

    /// The JSON value of any encodable; text, JSON values and maps of text are taken as they are.
    static func value<T: Encodable>(_ value: T, _ path: CodingTrail?) throws -> JSONValue {
        if T.self == String.self, let text = value as? String { return .string(text) }
        if T.self == JSONValue.self, let same = value as? JSONValue { return same }
        if T.self == [String: String].self, let map = value as? [String: String] {
            return .object(map.mapValues(JSONValue.string))
        }
        let encoder = JSONValueEncoder(path)
        try value.encode(to: encoder)
        return encoder.result
    }
}
