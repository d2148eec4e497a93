/// What the parameters `A`, `B` of a declaration stand for in one call.
struct TypeBindings {
    private var bound: [String: CELType] = [:]

    /// Whether a value of a type can be given for what is declared.
    mutating func match(_ declared: CELType, _ given: CELType) -> Bool {
        if case .parameter(let name) = declared {
            guard let before = bound[name] else {
                bound[name] = given
                return true
            }
            guard let joined = CELType.join(before, given) else { return false }
            bound[name] = joined
            return true
        }
        switch (declared, given) {
        case (.dyn, _), (_, .dyn): return true
        case (.list(let declared), .list(let given)), (.optional(let declared), .optional(let given)):
            return match(declared, given)
        case (.map(let declaredKey, let declaredValue), .map(let key, let value)):
            return match(declaredKey, key) && match(declaredValue, value)
        case (.timestamp, .null), (.duration, .null), (.opaque, .null), (.optional, .null): return true
        default: return declared == given
        }
    }

    /// The type with its parameters replaced; what no argument has bound is dynamic.
    func applied(to type: CELType) -> CELType {
        switch type {
        case .parameter(let name): bound[name] ?? .dyn
        case .list(let element): .list(applied(to: element))
        case .optional(let wrapped): .optional(applied(to: wrapped))
        case .map(let key, let value): .map(applied(to: key), applied(to: value))
        default: type
        }
    }
}

extension CELType {
    /// The type that holds values of both; nil when they have nothing in common.
    static func join(_ left: CELType, _ right: CELType) -> CELType? {
        switch (left, right) {
        case (.dyn, _), (_, .dyn): return .dyn
        case (.list(let left), .list(let right)): return join(left, right).map(CELType.list)
        case (.optional(let left), .optional(let right)): return join(left, right).map(CELType.optional)
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            guard let key = join(leftKey, rightKey), let value = join(leftValue, rightValue) else { return nil }
            return .map(key, value)
        case (.null, let other), (let other, .null):
            switch other {
            case .null, .timestamp, .duration, .object, .opaque, .optional: return other
            default: return nil
            }
        default: return left == right ? left : nil
        }
    }
}
