/// Reads the language's grammar (cel-spec, `doc/langdef.md`), with macros and the optional syntax.
struct Parser {
    /// Parentheses, operators and selections may nest this deep (cel-go bounds the parser's recursion, too).
    static let maximumDepth = 120
    /// A longer text is refused (cel-go's limit).
    static let maximumSize = 100_000

    var tokens: [Token]
    var at = 0
    private var depth = 0

    /// Parses a whole expression.
    static func parse(_ text: String) throws(CompileError) -> Expression {
        let size = text.unicodeScalars.count
        if size > maximumSize {
            throw CompileError(
                message: "expression code point size exceeds limit: size: \(size), limit \(maximumSize)", offset: 0)
        }
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        let expression = try parser.expression()
        if parser.token.kind != .end { throw parser.unexpected() }
        return expression
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    var token: Token { tokens[at] }

    func unexpected() -> CompileError {
        let what = token.kind == .end ? "mismatched input '<EOF>'" : "unexpected '\(token.text)'"
        return CompileError(message: "Syntax error: \(what)", offset: token.offset)
    }

    mutating func advance() { at = min(at + 1, tokens.count - 1) }

    mutating func take(_ symbol: String) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String) throws(CompileError) { if !take(symbol) { throw unexpected() } }

    func node(_ kind: Expression.Kind, at offset: Int) throws(CompileError) -> Expression {
        let made = Expression(kind, at: offset)
        guard made.depth <= 2 * Self.maximumDepth else { throw tooDeep(offset) }
        return made
    }

    private func tooDeep(_ offset: Int) -> CompileError {
        CompileError(message: "expression recursion limit exceeded: \(Self.maximumDepth)", offset: offset)
    }

    mutating func expression() throws(CompileError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw tooDeep(token.offset) }
        let condition = try disjunction()
        let offset = token.offset
        guard take("?") else { return condition }
        let then = try disjunction()
        try expect(":")
        let otherwise = try expression()
        return try node(.conditional(condition, then: then, otherwise: otherwise), at: offset)
    }

    /// Terms joined by `||` are one node, as those joined by `&&` are, so that a long chain is not deep.
    private mutating func disjunction() throws(CompileError) -> Expression {
        var terms = [try conjunction()]
        let offset = token.offset
        while take("||") { terms.append(try conjunction()) }
        return terms.count == 1 ? terms[0] : try node(.or(terms), at: offset)
    }

    private mutating func conjunction() throws(CompileError) -> Expression {
        var terms = [try binary(level: 0)]
        let offset = token.offset
        while take("&&") { terms.append(try binary(level: 0)) }
        return terms.count == 1 ? terms[0] : try node(.and(terms), at: offset)
    }

    private static let levels: [[String]] = [
        ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"],
    ]

    private mutating func binary(level: Int) throws(CompileError) -> Expression {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        while case .symbol(let symbol) = token.kind, Self.levels[level].contains(symbol) {
            let offset = token.offset
            advance()
            let right = try binary(level: level + 1)
            let name = symbol == "in" ? "@in" : "_\(symbol)_"
            left = try node(.call(name, target: nil, arguments: [left, right]), at: offset)
        }
        return left
    }

    private mutating func unary() throws(CompileError) -> Expression {
        let offset = token.offset
        for symbol in ["!", "-"] where token.kind == .symbol(symbol) {
            var count = 0
            while take(symbol) { count += 1 }
            if symbol == "-", count == 1, let literal = try negativeLiteral(offset) { return try member(literal) }
            let operand = try member(try primary())
            if count % 2 == 0 { return operand }
            return try node(.call(symbol == "!" ? "!_" : "-_", target: nil, arguments: [operand]), at: offset)
        }
        return try member(try primary())
    }

    /// `-5` is one literal, so that the least whole number can be written.
    private mutating func negativeLiteral(_ offset: Int) throws(CompileError) -> Expression? {
        switch token.kind {
        case .int(let digits):
            let value = Value.int(try whole("-" + digits, as: Int64.self))
            advance()
            return Expression(.literal(value), at: offset)
        case .double(let digits):
            advance()
            return Expression(.literal(.double(-(Double(digits) ?? 0))), at: offset)
        default: return nil
        }
    }

    func whole<T: FixedWidthInteger>(_ text: String, as type: T.Type) throws(CompileError) -> T {
        let isNegative = text.hasPrefix("-")
        var digits = isNegative ? text.dropFirst() : text[...]
        let isHex = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        if isHex { digits = digits.dropFirst(2) }
        guard let value = T((isNegative ? "-" : "") + digits, radix: isHex ? 16 : 10) else {
            throw CompileError(message: "invalid \(T.isSigned ? "int" : "uint") literal", offset: token.offset)
        }
        return value
    }

    private mutating func member(_ start: Expression) throws(CompileError) -> Expression {
        var operand = start
        while true {
            let offset = token.offset
            if take(".") {
                let isOptional = take("?")
                operand = try selection(of: operand, isOptional: isOptional, at: offset)
            } else if take("[") {
                let isOptional = take("?")
                let index = try expression()
                try expect("]")
                operand = try node(.index(operand, index, isOptional: isOptional), at: offset)
            } else {
                return operand
            }
        }
    }

    private mutating func selection(
        of operand: Expression, isOptional: Bool, at offset: Int
    ) throws(CompileError) -> Expression {
        guard case .identifier(let name) = token.kind else { throw unexpected() }
        advance()
        let callOffset = token.offset
        guard !isOptional, take("(") else {
            if let outer = operand.dottedName, let type = Library.dottedTypeNames["\(outer).\(name)"] {
                return Expression(.literal(.type(type)), at: offset)
            }
            return try node(.select(operand, field: name, isTest: false, isOptional: isOptional), at: offset)
        }
        let arguments = try self.arguments()
        if let macro = try macro(name, on: operand, arguments, at: callOffset) { return macro }
        if let namespace = operand.dottedName, Library.namespaced.contains("\(namespace).\(name)") {
            return try node(.call("\(namespace).\(name)", target: nil, arguments: arguments), at: callOffset)
        }
        return try node(.call(name, target: operand, arguments: arguments), at: callOffset)
    }

    mutating func arguments() throws(CompileError) -> [Expression] {
        var arguments: [Expression] = []
        if take(")") { return [] }
        repeat { arguments.append(try expression()) } while take(",")
        try expect(")")
        return arguments
    }
}
