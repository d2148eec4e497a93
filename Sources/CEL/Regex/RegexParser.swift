/// Reads RE2's syntax.
struct RegexParser {
    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
        var swapsGreed = false
    }

    /// Groups may nest this deep.
    static let maximumDepth = 100
    static let maximumRepeat = 1000

    let scalars: [Unicode.Scalar]
    var at = 0
    var flags = Flags()
    var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    static func parse(_ text: String) throws(RegexError) -> RegexNode {
        var parser = RegexParser(text)
        let node = try parser.choice()
        if parser.peek != nil { throw RegexError("unexpected )", text) }
        return node
    }

    var peek: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    func text(from start: Int, to end: Int? = nil) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<min(end ?? scalars.count, scalars.count)])
        return String(view)
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard peek == wanted else { return false }
        at += 1
        return true
    }

    func looking(at prefix: String) -> Bool {
        var index = at
        for scalar in prefix.unicodeScalars {
            guard index < scalars.count, scalars[index] == scalar else { return false }
            index += 1
        }
        return true
    }

    private mutating func choice() throws(RegexError) -> RegexNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let next = peek, next != "|", next != ")" {
            if looking(at: "\\Q") {
                at += 2
                while at < scalars.count, !looking(at: "\\E") {
                    nodes.append(.scalar(scalars[at], ignoresCase: flags.ignoresCase))
                    at += 1
                }
                at = min(at + 2, scalars.count)
                continue
            }
            let start = at
            let node = try atom()
            nodes.append(try repeated(node, from: start))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated(_ node: RegexNode, from start: Int) throws(RegexError) -> RegexNode {
        let operatorStart = at
        guard let (minimum, maximum) = try counts() else { return node }
        let isLazy = take("?") != flags.swapsGreed
        let result = RegexNode.repetition(node, minimum: minimum, maximum: maximum, isLazy: isLazy)
        if result.repeatFactor > Self.maximumRepeat {
            throw RegexError("invalid repeat count", text(from: operatorStart, to: at))
        }
        let nextStart = at
        if try counts() != nil {
            throw RegexError("invalid nested repetition operator", text(from: operatorStart, to: max(at, nextStart)))
        }
        return result
    }

    /// Reads `*`, `+`, `?` or `{n,m}`; nil when there is none, and then nothing is read.
    private mutating func counts() throws(RegexError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = at
        guard take("{"), let minimum = number() else {
            at = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            at = start
            return nil
        }
        if minimum > Self.maximumRepeat || maximum.map({ $0 > Self.maximumRepeat || $0 < minimum }) == true {
            throw RegexError("invalid repeat count", text(from: start, to: at))
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek, ("0"..."9").contains(next) {
            value = min((value ?? 0) * 10 + Int(next.value - 48), 1_000_000)
            at += 1
        }
        return value
    }

    private mutating func atom() throws(RegexError) -> RegexNode {
        let start = at
        guard let next = peek else { return .empty }
        switch next {
        case "(": return try group()
        case "[": return .characters(try bracket())
        case "\\": return try escape()
        case "*", "+", "?":
            throw RegexError("missing argument to repetition operator", String(next))
        case ".":
            at += 1
            return .any(matchesNewline: flags.dotMatchesNewline)
        case "^":
            at += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            at += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        default:
            if next == "{", start == 0, try counts() != nil {
                throw RegexError("missing argument to repetition operator", text(from: start, to: at))
            }
            at = start + 1
            return .scalar(next, ignoresCase: flags.ignoresCase)
        }
    }

    private mutating func group() throws(RegexError) -> RegexNode {
        let start = at
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw RegexError("expression nests too deeply", text(from: 0)) }
        at += 1
        let outer = flags
        if take("?") {
            if looking(at: "P<") || (looking(at: "<") && !looking(at: "<=") && !looking(at: "<!")) {
                try groupName(from: start)
            } else if try groupFlags(from: start) {
                return .empty  // `(?i)` holds to the end of the group around it
            }
        }
        let node = try choice()
        guard take(")") else { throw RegexError("missing closing )", text(from: 0)) }
        flags = outer
        return node
    }

    private mutating func groupName(from start: Int) throws(RegexError) {
        _ = take("P")
        at += 1
        let nameStart = at
        while let next = peek, CharacterClass.word.contains(next) { at += 1 }
        guard at > nameStart, take(">") else {
            throw RegexError("invalid named capture", text(from: start, to: at + 1))
        }
    }

    /// - Returns: whether the group was only flags and has ended.
    private mutating func groupFlags(from start: Int) throws(RegexError) -> Bool {
        var value = true
        while let next = peek {
            at += 1
            switch next {
            case "i": flags.ignoresCase = value
            case "m": flags.isMultiline = value
            case "s": flags.dotMatchesNewline = value
            case "U": flags.swapsGreed = value
            case "-" where value: value = false
            case ":": return false
            case ")": return true
            default: throw RegexError("invalid or unsupported Perl syntax", text(from: start, to: at))
            }
        }
        throw RegexError("missing closing )", text(from: 0))
    }
}
