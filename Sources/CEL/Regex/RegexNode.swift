/// The parts of a regular expression.
indirect enum RegexNode: Sendable {
    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary }

    case empty
    case scalar(Unicode.Scalar, ignoresCase: Bool)
    case any(matchesNewline: Bool)
    case characters(CharacterClass)
    case assertion(Assertion)
    case sequence([RegexNode])
    case choice([RegexNode])
    /// `maximum` nil: without end.
    case repetition(RegexNode, minimum: Int, maximum: Int?, isLazy: Bool)

    /// The largest product of counts on a way down from here: RE2 bounds it.
    var repeatFactor: Int {
        switch self {
        case .sequence(let nodes), .choice(let nodes): nodes.map(\.repeatFactor).max() ?? 1
        case .repetition(let node, let minimum, let maximum, _): max(1, maximum ?? minimum) * node.repeatFactor
        default: 1
        }
    }
}

/// Why a text is no regular expression, worded as Go's `regexp/syntax` words it.
public struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String

    init(_ reason: String, _ part: some StringProtocol) {
        description = "error parsing regexp: \(reason): `\(part)`"
    }
}
