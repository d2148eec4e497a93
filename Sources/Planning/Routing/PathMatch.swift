/// What a request's path asks for.
public enum PathMatch: Sendable, Equatable {
    /// `/healthz`: the gateway itself.
    case health
    /// `/fn/NAMESPACE/NAME…`: `name` covers `NAMESPACE/NAME`; what the function sees begins at `rest`, with a slash,
    /// a question mark or the end.
    case function(name: Range<Int>, rest: Int)
    /// Nothing that the gateway serves.
    case unknown

    /// Matches a path with its query (RFC 9112 origin-form).
    ///
    /// Percent-encodings are not decoded: the names of Kubernetes objects need none, so an encoded one names no function,
    /// and what follows the name is the function's own business.
    public static func of(_ path: Span<UInt8>) -> PathMatch {
        if begins(path, with: "/fn/") { return function(path) }
        guard begins(path, with: "/healthz") else { return .unknown }
        return path.count == 8 || path[8] == questionMark ? .health : .unknown
    }

    private static func function(_ path: Span<UInt8>) -> PathMatch {
        var slash: Int?
        var index = 4
        scan: while index < path.count {
            switch path[index] {
            case questionMark: break scan
            case Self.slash where slash == nil: slash = index
            case Self.slash: break scan
            default: break
            }
            index += 1
        }
        guard let slash, slash > 4, index > slash + 1 else { return .unknown }
        return .function(name: 4..<index, rest: index)
    }

    private static let slash = UInt8(ascii: "/")
    private static let questionMark = UInt8(ascii: "?")

    private static func begins(_ path: Span<UInt8>, with prefix: StaticString) -> Bool {
        guard path.count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { wanted in
            for index in wanted.indices where wanted[index] != path[index] { return false }
            return true
        }
    }
}
