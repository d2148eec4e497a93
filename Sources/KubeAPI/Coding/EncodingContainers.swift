/// The members of an object, for `JSONValueEncoder`.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: JSONValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { encoder.set(.null, at: key.stringValue) }
    func encode(_ value: String, forKey key: Key) throws { encoder.set(.string(value), at: key.stringValue) }
    func encode(_ value: Bool, forKey key: Key) throws { encoder.set(.bool(value), at: key.stringValue) }
    func encode(_ value: Int, forKey key: Key) throws { encoder.set(.int(Int64(value)), at: key.stringValue) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        encoder.set(try JSONValueEncoder.value(value, CodingTrail(key, encoder.path)), at: key.stringValue)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        encoder.child(at: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.child(at: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder.child(at: JSONKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.child(at: key) }
}

/// The items of an array, for `JSONValueEncoder`.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let encoder: JSONValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.count }

    func encodeNil() throws { encoder.append(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        encoder.append(try JSONValueEncoder.value(value, CodingTrail(IndexKey(count), encoder.path)))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.child().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.child().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.child() }
}

/// One value, for `JSONValueEncoder`.
struct SingleWriter: SingleValueEncodingContainer {
    let encoder: JSONValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() throws { encoder.set(.null) }
    func encode(_ value: Bool) throws { encoder.set(.bool(value)) }
    func encode(_ value: String) throws { encoder.set(.string(value)) }
    func encode(_ value: Double) throws { try set(value) }
    func encode(_ value: Float) throws { try set(Double(value)) }
    func encode(_ value: Int) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: Int8) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: Int16) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: Int32) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: Int64) throws { encoder.set(.int(value)) }
    func encode(_ value: UInt) throws { set(UInt64(value)) }
    func encode(_ value: UInt8) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: UInt16) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: UInt32) throws { encoder.set(.int(Int64(value))) }
    func encode(_ value: UInt64) throws { set(value) }
    func encode<T: Encodable>(_ value: T) throws { encoder.set(try JSONValueEncoder.value(value, encoder.path)) }

    private func set(_ value: UInt64) {
        encoder.set(Int64(exactly: value).map(JSONValue.int) ?? .double(Double(value)))
    }

    private func set(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no number \(value)"))
        }
        encoder.set(Int64(exactly: value).map(JSONValue.int) ?? .double(value))
    }
}
