extension KeyedDecodingContainer {
    /// The value of `key`, or `fallback` where the key is absent or null: how a CRD's default reads in Swift.
    public func decode<T: Decodable>(_ key: Key, default fallback: @autoclosure () -> T) throws -> T {
        try decodeIfPresent(T.self, forKey: key) ?? fallback()
    }
}
