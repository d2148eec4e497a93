extension Parser {
    mutating func primary() throws(CompileError) -> Expression {
        let (kind, offset) = (token.kind, token.offset)
        let literal: Value
        switch kind {
        case .symbol("("):
            advance()
            let inner = try expression()
            try expect(")")
            return inner
        case .symbol("["): return try list()
        case .symbol("{"): return try map()
        case .symbol("."):
            advance()
            guard case .identifier = token.kind else { throw unexpected() }
            return try name()
        case .identifier: return try name()
        case .symbol("true"): literal = .bool(true)
        case .symbol("false"): literal = .bool(false)
        case .symbol("null"): literal = .null
        case .int(let digits): literal = .int(try whole(digits, as: Int64.self))
        case .uint(let digits): literal = .uint(try whole(digits, as: UInt64.self))
        case .double(let digits): literal = .double(Double(digits) ?? 0)
        case .string(let text): literal = .string(text)
        case .bytes(let bytes): literal = .bytes(bytes)
        default: throw unexpected()
        }
        advance()
        return Expression(.literal(literal), at: offset)
    }

    private mutating func name() throws(CompileError) -> Expression {
        guard case .identifier(let name) = token.kind else { throw unexpected() }
        let offset = token.offset
        if FieldName.reserved.contains(name) {
            throw CompileError(message: "Syntax error: reserved identifier: \(name)", offset: offset)
        }
        advance()
        let callOffset = token.offset
        guard take("(") else { return Expression(.identifier(name), at: offset) }
        let arguments = try arguments()
        if name == "has", arguments.count == 1 {
            guard case .select(let operand, let field, false, false) = arguments[0].kind else {
                throw CompileError(message: "invalid argument to has() macro", offset: arguments[0].offset)
            }
            return try node(.select(operand, field: field, isTest: true, isOptional: false), at: callOffset)
        }
        return try node(.call(name, target: nil, arguments: arguments), at: callOffset)
    }

    private mutating func list() throws(CompileError) -> Expression {
        let offset = token.offset
        try expect("[")
        var elements: [Expression.Element] = []
        while !take("]") {
            let isOptional = take("?")
            elements.append(Expression.Element(value: try expression(), isOptional: isOptional))
            if !take(",") {
                try expect("]")
                break
            }
        }
        return try node(.list(elements), at: offset)
    }

    private mutating func map() throws(CompileError) -> Expression {
        let offset = token.offset
        try expect("{")
        var entries: [Expression.Entry] = []
        while !take("}") {
            let isOptional = take("?")
            let key = try expression()
            try expect(":")
            entries.append(Expression.Entry(key: key, value: try expression(), isOptional: isOptional))
            if !take(",") {
                try expect("}")
                break
            }
        }
        return try node(.map(entries), at: offset)
    }

    /// The expression that a macro stands for; nil when the call is none.
    func macro(
        _ name: String, on range: Expression, _ arguments: [Expression], at offset: Int
    ) throws(CompileError) -> Expression? {
        if name == "optMap" || name == "optFlatMap", arguments.count == 2 {
            let variable = try variable(arguments[0])
            return try node(
                .optionalMap(range, variable: variable, body: arguments[1], isFlat: name == "optFlatMap"), at: offset)
        }
        let macros: [String: Expression.Comprehension.Macro] = [
            "all": .all, "exists": .exists, "exists_one": .existsOne, "existsOne": .existsOne, "filter": .filter,
            "map": .map,
        ]
        guard let macro = macros[name], arguments.count == 2 || (arguments.count == 3 && macro == .map) else {
            return nil
        }
        let variable = try variable(arguments[0])
        var parts = Expression.Comprehension(macro: macro, range: range, variable: variable)
        if macro == .map {
            parts.transform = arguments.last
            if arguments.count == 3 { parts.condition = arguments[1] }
        } else {
            parts.condition = arguments[1]
        }
        return try node(.comprehension(parts), at: offset)
    }

    private func variable(_ expression: Expression) throws(CompileError) -> String {
        guard case .identifier(let name) = expression.kind else {
            throw CompileError(message: "argument must be a simple name", offset: expression.offset)
        }
        return name
    }
}
