import KubeAPI

/// Reads label selectors, with the words of apimachinery's `labels.Parser` for what it cannot read.
struct LabelQueryParser {
    struct Failure: Error { let message: String }

    private enum Token: Equatable {
        case text(String)
        /// An operator, a parenthesis or a comma.
        case symbol(String)
        case end

        var shown: String {
            switch self {
            case .text(let text), .symbol(let text): text
            case .end: ""
            }
        }
        var isText: Bool { if case .text = self { true } else { false } }
    }

    private static let symbols: Set<String> = ["=", "==", "!=", "!", "(", ")", ",", ">", "<"]
    private static let operators = "in, notin, =, ==, !=, gt, lt"
    private var tokens: ArraySlice<Token>

    init(_ text: String) { tokens = Self.tokens(text)[...] }

    private static func tokens(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if symbols.contains(String(first)) {
                let two = String(rest.prefix(2))
                let symbol = two.count == 2 && symbols.contains(two) ? two : String(first)
                tokens.append(.symbol(symbol))
                rest = rest.dropFirst(symbol.count)
            } else {
                let word = rest.prefix { !$0.isWhitespace && !symbols.contains(String($0)) }
                tokens.append(.text(String(word)))
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }

    private var next: Token { tokens.first ?? .end }
    private mutating func take() -> Token { tokens.popFirst() ?? .end }

    private func fail(_ token: Token, _ expected: String, separator: String = ", ") -> Failure {
        Failure(message: "found '\(token.shown)'\(separator)expected: \(expected)")
    }

    mutating func parse() throws(Failure) -> LabelQuery {
        var query = LabelQuery()
        if next == .end { return query }
        while true {
            guard next.isText || next == .symbol("!") else {
                if query.requirements.isEmpty { throw fail(next, "!, identifier, or 'end of string'") }
                throw fail(next, "identifier after ','")
            }
            do throws(Failure) { query.requirements.append(try requirement()) } catch {
                throw Failure(message: "unable to parse requirement: \(error.message)")
            }
            switch take() {
            case .end: return query
            case .symbol(","): continue
            case let other: throw fail(other, "',' or 'end of string'")
            }
        }
    }

    private mutating func requirement() throws(Failure) -> LabelQuery.Requirement {
        let isAbsent = next == .symbol("!")
        if isAbsent { _ = take() }
        let word = take()
        guard case .text(let key) = word else { throw fail(word, "identifier") }
        if let why = LabelRules.keyError(key) {
            throw Failure(message: FieldError.invalid("key", .string(key), why).description)
        }
        if isAbsent { return .init(key: key, test: .doesNotExist) }
        if next == .end || next == .symbol(",") { return .init(key: key, test: .exists) }
        let sign = take()
        switch sign {
        case .text("in"): return .init(key: key, test: .isIn(try values(of: key)))
        case .text("notin"): return .init(key: key, test: .notIn(try values(of: key)))
        case .symbol("="), .symbol("=="): return .init(key: key, test: .isIn([try value(of: key)]))
        case .symbol("!="): return .init(key: key, test: .notIn([try value(of: key)]))
        case .symbol(">"): return .init(key: key, test: .greaterThan(try number()))
        case .symbol("<"): return .init(key: key, test: .lessThan(try number()))
        default: throw fail(sign, Self.operators)
        }
    }

    private mutating func value(of key: String) throws(Failure) -> String {
        if next == .end || next == .symbol(",") { return "" }
        let word = take()
        guard case .text(let value) = word else { throw fail(word, "identifier") }
        return try checked(value, of: key, at: 0)
    }

    private mutating func number() throws(Failure) -> Int64 {
        let word = take()
        guard word.isText else { throw fail(word, "identifier") }
        guard let number = Int64(word.shown) else {
            let why = "for 'Gt', 'Lt' operators, the value must be an integer"
            throw Failure(message: FieldError.invalid("values[0]", .string(word.shown), why).description)
        }
        return number
    }

    /// Values in parentheses; between two commas there is the empty one.
    private mutating func values(of key: String) throws(Failure) -> Set<String> {
        let open = take()
        guard open == .symbol("(") else { throw fail(open, "'('", separator: " ") }
        var values: [String] = []
        var wantsValue = true
        while true {
            let token = take()
            switch token {
            case .text(let value) where wantsValue:
                values.append(try checked(value, of: key, at: values.count))
                wantsValue = false
            case .symbol(","):
                if wantsValue { values.append("") }
                wantsValue = true
            case .symbol(")"):
                if wantsValue { values.append("") }
                return Set(values)
            default: throw fail(token, wantsValue ? "',', ')' or identifier" : "',' or ')'")
            }
        }
    }

    private func checked(_ value: String, of key: String, at index: Int) throws(Failure) -> String {
        guard let why = LabelRules.valueError(value) else { return value }
        throw Failure(message: FieldError.invalid("values[\(index)][\(key)]", .string(value), why).description)
    }
}
