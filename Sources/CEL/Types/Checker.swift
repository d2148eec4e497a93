/// Finds the type of every part of an expression, and what is wrong with it, before it ever runs.
struct Checker {
    let variables: [String: CELType]
    private var scope: [(name: String, type: CELType)] = []
    private(set) var errors: [CompileError] = []
    /// The variables that the expression looks at.
    private(set) var used: Set<String> = []
    /// The regular expressions that stand in it as literals, compiled.
    private(set) var patterns: [String: RegularExpression] = [:]

    /// Lists of any values may be written here: what `format` takes.
    private var allowsMixed = false

    init(variables: [String: CELType]) { self.variables = variables }

    private mutating func fail(_ message: String, at expression: Expression) -> CELType {
        errors.append(CompileError(message: message, offset: expression.offset))
        return .dyn
    }

    mutating func check(_ expression: Expression) -> CELType {
        switch expression.kind {
        case .literal(let value): return Self.type(of: value)
        case .identifier(let name): return identifier(name, expression)
        case .select(let operand, let field, let isTest, let isOptional):
            let selected = select(field, from: check(operand), expression, isOptional: isOptional)
            return isTest ? .bool : selected
        case .index(let operand, let index, let isOptional):
            return self.index(check(operand), check(index), expression, isOptional: isOptional)
        case .call(let name, let target, let arguments): return call(name, target, arguments, expression)
        case .and(let terms): return logic("_&&_", terms, expression)
        case .or(let terms): return logic("_||_", terms, expression)
        case .conditional(let condition, let then, let otherwise):
            let types = [check(condition), check(then), check(otherwise)]
            if let joined = CELType.join(types[1], types[2]), types[0] == .bool || types[0] == .dyn { return joined }
            return noOverload("_?_:_", types, expression)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .comprehension(let parts): return comprehension(parts, expression)
        case .optionalMap(let operand, let variable, let body, let isFlat):
            return optionalMap(check(operand), variable, body, isFlat: isFlat, expression)
        }
    }

    private static func type(of value: Value) -> CELType {
        switch value {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .type: .type
        default: .dyn
        }
    }

    private mutating func identifier(_ name: String, _ expression: Expression) -> CELType {
        if let local = scope.last(where: { $0.name == name }) { return local.type }
        if let variable = variables[name] {
            used.insert(name)
            return variable
        }
        if Library.typeNames[name] != nil { return .type }
        return undeclared(name, expression)
    }

    private mutating func undeclared(_ name: String, _ expression: Expression) -> CELType {
        fail("undeclared reference to '\(name)' (in container '')", at: expression)
    }

    private mutating func noOverload(_ name: String, _ types: [CELType], _ expression: Expression) -> CELType {
        let list = types.map(\.name).joined(separator: ", ")
        return fail("found no matching overload for '\(name)' applied to '(\(list))'", at: expression)
    }

    private mutating func select(
        _ field: String, from type: CELType, _ expression: Expression, isOptional: Bool
    ) -> CELType {
        switch type {
        case .dyn: return isOptional ? .optional(.dyn) : .dyn
        case .optional(let wrapped):
            let found = select(field, from: wrapped, expression, isOptional: false)
            if case .optional = found { return found }
            return .optional(found)
        case .map(_, let value): return isOptional ? .optional(value) : value
        case .object(let object):
            guard let found = object.fields[field]?.type.type else {
                return fail("undefined field '\(field)'", at: expression)
            }
            return isOptional ? .optional(found) : found
        default: return fail("type '\(type.name)' does not support field selection", at: expression)
        }
    }

    private mutating func index(
        _ type: CELType, _ index: CELType, _ expression: Expression, isOptional: Bool
    ) -> CELType {
        func wrapped(_ found: CELType) -> CELType { isOptional ? .optional(found) : found }
        switch type {
        case .dyn: return wrapped(.dyn)
        case .list(let element) where index == .int || index == .dyn: return wrapped(element)
        case .map(let key, let value) where CELType.join(key, index) != nil: return wrapped(value)
        case .optional(let inner): return .optional(self.index(inner, index, expression, isOptional: false))
        default: return noOverload(isOptional ? "_[?_]" : "_[_]", [type, index], expression)
        }
    }

    private mutating func logic(_ name: String, _ terms: [Expression], _ expression: Expression) -> CELType {
        let types = terms.map { check($0) }
        if let wrong = types.first(where: { $0 != .bool && $0 != .dyn }) {
            return noOverload(name, wrong == types[0] ? Array(types.prefix(2)) : [.bool, wrong], expression)
        }
        return .bool
    }

    private mutating func call(
        _ name: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression
    ) -> CELType {
        let given = (target.map { [$0] } ?? []) + arguments
        let outer = allowsMixed
        allowsMixed = allowsMixed || name == "format"
        let types = given.map { check($0) }
        allowsMixed = outer
        guard let overloads = Library.declarations[name] else { return undeclared(name, expression) }
        checkLiterals(name, given)
        var results: [CELType] = []
        for overload in overloads
        where overload.isMethod == (target != nil) && overload.parameters.count == types.count {
            var bindings = TypeBindings()
            let matches = zip(overload.parameters, types).allSatisfy { bindings.match($0, $1) }
            if matches { results.append(bindings.applied(to: overload.result)) }
        }
        guard let first = results.first else {
            var list = types.map(\.name)
            guard target != nil else { return noOverload(name, types, expression) }
            let receiver = list.removeFirst()
            return fail(
                "found no matching overload for '\(name)' applied to '\(receiver).(\(list.joined(separator: ", ")))'",
                at: expression)
        }
        return results.allSatisfy { $0 == first } ? first : .dyn
    }

    /// Literals that could never be what the function takes are refused at once.
    private mutating func checkLiterals(_ name: String, _ arguments: [Expression]) {
        guard let last = arguments.dropFirst(["matches", "find", "findAll"].contains(name) ? 1 : 0).first,
            case .literal(.string(let text)) = last.kind
        else { return }
        switch name {
        case "matches", "find", "findAll":
            do throws(RegexError) {
                patterns[text] = try RegularExpression(text)
            } catch {
                _ = fail("invalid \(name) argument: \(error)", at: last)
            }
        case "duration":
            if GoDuration.parse(text) == nil { _ = fail("invalid duration argument", at: last) }
        case "timestamp":
            if Instant(text) == nil { _ = fail("invalid timestamp argument", at: last) }
        default: break
        }
    }

    private mutating func list(_ elements: [Expression.Element]) -> CELType {
        var common: CELType?
        for element in elements {
            var type = check(element.value)
            if element.isOptional { type = unwrapped(type, element.value) }
            common = joined(common, type, element.value)
        }
        return .list(common ?? .dyn)
    }

    private static let keyTypes: [CELType] = [.bool, .int, .uint, .string, .double, .dyn]

    private mutating func map(_ entries: [Expression.Entry]) -> CELType {
        var (keys, values): (CELType?, CELType?) = (nil, nil)
        for entry in entries {
            let key = check(entry.key)
            guard Self.keyTypes.contains(key) else {
                // As keys such values fail whenever they are met; as types they would double with every nesting.
                _ = fail("unsupported map key type '\(key.name)'", at: entry.key)
                return .map(.dyn, .dyn)
            }
            keys = joined(keys, key, entry.key)
            var type = check(entry.value)
            if entry.isOptional { type = unwrapped(type, entry.value) }
            values = joined(values, type, entry.value)
        }
        return .map(keys ?? .dyn, values ?? .dyn)
    }

    private mutating func unwrapped(_ type: CELType, _ expression: Expression) -> CELType {
        switch type {
        case .optional(let inner): return inner
        case .dyn: return .dyn
        default: return fail("expected type 'optional_type(\(type.name))' but found '\(type.name)'", at: expression)
        }
    }

    /// Literals hold one type (Kubernetes asks for homogeneous ones).
    private mutating func joined(_ before: CELType?, _ type: CELType, _ expression: Expression) -> CELType {
        guard let before else { return type }
        if let both = CELType.join(before, type) { return both }
        if allowsMixed { return .dyn }
        return fail("expected type '\(before.name)' but found '\(type.name)'", at: expression)
    }

    private mutating func comprehension(_ parts: Expression.Comprehension, _ expression: Expression) -> CELType {
        let range = check(parts.range)
        var element = CELType.dyn
        switch range {
        case .list(let type): element = type
        case .map(let key, _): element = key
        case .dyn: break
        default:
            _ = fail(
                "expression of type '\(range.name)' cannot be range of a comprehension (must be list, map, or dynamic)",
                at: parts.range)
        }
        scope.append((parts.variable, element))
        defer { scope.removeLast() }
        if let condition = parts.condition {
            let type = check(condition)
            if type != .bool, type != .dyn {
                _ = fail("expected type 'bool' but found '\(type.name)'", at: condition)
            }
        }
        switch parts.macro {
        case .all, .exists, .existsOne: return .bool
        case .filter: return .list(element)
        case .map: return .list(parts.transform.map { check($0) } ?? .dyn)
        }
    }

    private mutating func optionalMap(
        _ operand: CELType, _ variable: String, _ body: Expression, isFlat: Bool, _ expression: Expression
    ) -> CELType {
        var inner = CELType.dyn
        if case .optional(let type) = operand {
            inner = type
        } else if operand != .dyn {
            return noOverload(isFlat ? "optFlatMap" : "optMap", [operand], expression)
        }
        scope.append((variable, inner))
        defer { scope.removeLast() }
        let result = check(body)
        return isFlat ? result : .optional(result)
    }
}
