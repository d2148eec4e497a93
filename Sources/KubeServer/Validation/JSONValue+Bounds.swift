import KubeAPI

extension JSONValue {
    /// How deep an object may nest: less than what the reader takes, since lists and watch events wrap objects.
    static let maximumNesting = 200

    /// Whether the value nests no deeper, and comes to no more text, than is allowed.
    /// - Parameters:
    ///   - depth: how many levels there may be.
    ///   - left: how many bytes of text there may be; what the value has is taken from it.
    /// - Returns: false when it is too deep or too large.
    func fits(depth: Int = maximumNesting, bytes left: inout Int) -> Bool {
        left -= 2
        guard depth > 0, left >= 0 else { return false }
        switch self {
        case .string(let text): left -= text.utf8.count
        case .array(let items):
            for item in items where !item.fits(depth: depth - 1, bytes: &left) { return false }
        case .object(let members):
            for (key, value) in members {
                left -= key.utf8.count
                if !value.fits(depth: depth - 1, bytes: &left) { return false }
            }
        case .null, .bool, .int, .double: break
        }
        return left >= 0
    }
}
