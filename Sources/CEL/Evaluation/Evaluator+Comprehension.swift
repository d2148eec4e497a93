extension Evaluator {
    mutating func comprehension(_ parts: Expression.Comprehension) throws(EvaluationError) -> Value {
        let elements: [Value]
        switch try evaluate(parts.range) {
        case .list(let list):
            try meter.spend(list.count)
            elements = list.values
        case .map(let map):
            try meter.spend(map.count)
            elements = map.keys
        default: throw .noSuchOverload
        }
        switch parts.macro {
        case .all: return try decide(elements, parts, decisive: false)
        case .exists: return try decide(elements, parts, decisive: true)
        case .existsOne: return .bool(try matching(elements, parts).count == 1)
        case .filter: return .values(try matching(elements, parts))
        case .map:
            guard let transform = parts.transform else { throw .noSuchOverload }
            var results: [Value] = []
            for element in try matching(elements, parts) {
                results.append(try bind(parts.variable, to: element, transform))
            }
            return .values(results)
        }
    }

    private mutating func holds(
        _ element: Value, _ parts: Expression.Comprehension
    ) throws(EvaluationError) -> Bool {
        guard let condition = parts.condition else { return true }
        guard case .bool(let value) = try bind(parts.variable, to: element, condition) else { throw .noSuchOverload }
        return value
    }

    private mutating func matching(
        _ elements: [Value], _ parts: Expression.Comprehension
    ) throws(EvaluationError) -> [Value] {
        var found: [Value] = []
        for element in elements where try holds(element, parts) { found.append(element) }
        return found
    }

    /// One element that decides wins over errors with others.
    private mutating func decide(
        _ elements: [Value], _ parts: Expression.Comprehension, decisive: Bool
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for element in elements {
            do throws(EvaluationError) {
                if try holds(element, parts) == decisive { return .bool(decisive) }
            } catch {
                if error.isFatal { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!decisive)
    }
}
