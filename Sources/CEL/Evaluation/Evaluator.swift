/// Walks an expression and gives its value.
struct Evaluator {
    let variables: [String: Value]
    let patterns: [String: RegularExpression]
    var meter: Meter
    var scope: [(name: String, value: Value)] = []

    init(variables: [String: Value], patterns: [String: RegularExpression], limit: Int) {
        self.variables = variables
        self.patterns = patterns
        meter = Meter(limit: limit)
    }

    mutating func evaluate(_ expression: Expression) throws(EvaluationError) -> Value {
        try meter.spend(1)
        switch expression.kind {
        case .literal(let value): return value
        case .identifier(let name): return try identifier(name)
        case .select(let operand, let field, true, _): return .bool(try has(field, in: try evaluate(operand)))
        case .select(let operand, let field, _, let isOptional):
            return try select(field, from: try evaluate(operand), isOptional: isOptional)
        case .index(let operand, let index, let isOptional):
            return try element(of: try evaluate(operand), at: try evaluate(index), isOptional: isOptional)
        case .call(let name, let target, let arguments): return try call(name, target, arguments)
        case .and(let terms): return try logic(terms, decisive: false)
        case .or(let terms): return try logic(terms, decisive: true)
        case .conditional(let condition, let then, let otherwise):
            guard case .bool(let isTrue) = try evaluate(condition) else { throw .noSuchOverload }
            return try evaluate(isTrue ? then : otherwise)
        case .list(let elements): return try list(elements)
        case .map(let entries): return try map(entries)
        case .comprehension(let parts): return try comprehension(parts)
        case .optionalMap(let operand, let variable, let body, let isFlat):
            guard case .optional(let inner) = try evaluate(operand) else { throw .noSuchOverload }
            guard let inner else { return .optional(nil) }
            let result = try bind(variable, to: inner, body)
            return isFlat ? result : .optional(result)
        }
    }

    private func identifier(_ name: String) throws(EvaluationError) -> Value {
        if let local = scope.last(where: { $0.name == name }) { return local.value }
        if let value = variables[name] { return try usable(value) }
        if let type = Library.typeNames[name] { return .type(type) }
        throw EvaluationError("no such attribute: \(name)")
    }

    private func usable(_ value: Value) throws(EvaluationError) -> Value {
        if case .unusable(let why) = value { throw EvaluationError(why) }
        return value
    }

    mutating func bind(_ name: String, to value: Value, _ body: Expression) throws(EvaluationError) -> Value {
        scope.append((name, try usable(value)))
        defer { scope.removeLast() }
        return try evaluate(body)
    }

    private func has(_ field: String, in operand: Value) throws(EvaluationError) -> Bool {
        switch operand {
        case .object(let object): return object[field] != nil
        case .map(let map): return map[.string(field)] != nil
        case .optional(let inner):
            guard let inner else { return false }
            return try has(field, in: inner)
        default: throw .noSuchOverload
        }
    }

    private func select(_ field: String, from operand: Value, isOptional: Bool) throws(EvaluationError) -> Value {
        let found: Value?
        switch operand {
        case .object(let object): found = object[field]
        case .map(let map): found = map[.string(field)]
        case .optional(let inner):
            guard let inner, try has(field, in: inner) else { return .optional(nil) }
            return .optional(try select(field, from: inner, isOptional: false))
        default: throw .noSuchOverload
        }
        guard let found else {
            if isOptional { return .optional(nil) }
            throw EvaluationError("no such key: \(field)")
        }
        return isOptional ? .optional(try usable(found)) : try usable(found)
    }

    private func element(of operand: Value, at index: Value, isOptional: Bool) throws(EvaluationError) -> Value {
        switch operand {
        case .optional(let inner):
            guard let inner else { return .optional(nil) }
            return try element(of: inner, at: index, isOptional: true)
        case .list(let list):
            guard let place = index.wholeNumber else { throw .noSuchOverload }
            guard place >= 0, place < Int64(list.count) else {
                if isOptional { return .optional(nil) }
                throw EvaluationError("index out of bounds: \(place)")
            }
            let found = try usable(list[Int(place)])
            return isOptional ? .optional(found) : found
        case .map(let map):
            guard !index.isCollection else { throw .noSuchOverload }
            guard let found = map[index] else {
                if isOptional { return .optional(nil) }
                throw EvaluationError("no such key: \(Library.shown(index))")
            }
            return isOptional ? .optional(try usable(found)) : try usable(found)
        case .object(let object):
            guard case .string(let name) = index else { throw .noSuchOverload }
            return try select(name, from: .object(object), isOptional: isOptional)
        default: throw .noSuchOverload
        }
    }

    private mutating func call(
        _ name: String, _ target: Expression?, _ arguments: [Expression]
    ) throws(EvaluationError) -> Value {
        var values: [Value] = []
        if let target { values.append(try evaluate(target)) }
        // The alternative of an optional is only looked at when it is needed.
        if name == "or" || name == "orValue", case .optional(let inner) = values.first, let other = arguments.first {
            guard let inner else { return try evaluate(other) }
            return name == "or" ? .optional(inner) : inner
        }
        for argument in arguments { values.append(try evaluate(argument)) }
        guard let function = Library.functions[name] else { throw .noSuchOverload }
        // Whatever a function does with a text, it may have to look at all of it.
        for value in values { try meter.spend(value.textLength / 10) }
        do {
            let result = try function(Library.Arguments(values: values, patterns: patterns), &meter)
            guard let result else { throw EvaluationError.noSuchOverload }
            return result
        } catch {
            throw error as? EvaluationError ?? EvaluationError("\(error)")
        }
    }

    /// A term that decides wins over errors in others, whatever their order.
    private mutating func logic(_ terms: [Expression], decisive: Bool) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for term in terms {
            do throws(EvaluationError) {
                guard case .bool(let value) = try evaluate(term) else { throw .noSuchOverload }
                if value == decisive { return .bool(decisive) }
            } catch {
                if error.isFatal { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!decisive)
    }

    private mutating func list(_ elements: [Expression.Element]) throws(EvaluationError) -> Value {
        var values: [Value] = []
        for element in elements {
            let value = try evaluate(element.value)
            guard element.isOptional else {
                values.append(value)
                continue
            }
            guard case .optional(let inner) = value else { throw .noSuchOverload }
            if let inner { values.append(inner) }
        }
        return .values(values)
    }

    private mutating func map(_ entries: [Expression.Entry]) throws(EvaluationError) -> Value {
        var values: [Value: Value] = [:]
        for entry in entries {
            let key = try evaluate(entry.key)
            var value = try evaluate(entry.value)
            if entry.isOptional {
                guard case .optional(let inner) = value else { throw .noSuchOverload }
                guard let inner else { continue }
                value = inner
            }
            guard key.isMapKey else { throw EvaluationError("unsupported key type: \(key.typeName)") }
            if values.updateValue(value, forKey: key) != nil {
                throw EvaluationError("Failed with repeated key")
            }
        }
        return .map(MapValue(values))
    }
}

extension Value {
    /// A whole number, whatever the type that holds it.
    var wholeNumber: Int64? {
        switch self {
        case .int(let whole): whole
        case .uint(let whole): Int64(exactly: whole)
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    var isMapKey: Bool {
        switch self {
        case .bool, .int, .uint, .string: true
        case .double: wholeNumber != nil
        default: false
        }
    }
}

extension Value {
    /// Never a key of a map; looking for one would hash all that it holds.
    var isCollection: Bool {
        switch self {
        case .list, .map, .object: true
        case .optional(let inner): inner?.isCollection ?? false
        default: false
        }
    }

    fileprivate var textLength: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        default: 0
        }
    }
}
