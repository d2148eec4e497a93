extension Library {
    static let lists: [String: Function] = [
        "isSorted": { arguments, meter in
            guard let values = try values(arguments, &meter) else { return nil }
            for (left, right) in zip(values, values.dropFirst()) {
                guard let order = Value.order(left, right) else { return nil }
                if order > 0 { return .bool(false) }
            }
            return .bool(true)
        },
        "min": { arguments, meter in try extreme(arguments, &meter, name: "min") { $0 < 0 } },
        "max": { arguments, meter in try extreme(arguments, &meter, name: "max") { $0 > 0 } },
        "sum": { arguments, meter in
            guard let values = try values(arguments, &meter) else { return nil }
            guard var total = values.first else { return .int(0) }
            for value in values.dropFirst() {
                let pair = Arguments(values: [total, value], patterns: [:])
                guard let next = try operators["_+_"]?(pair, &meter) else { return nil }
                total = next
            }
            return total
        },
    ]

    /// The items of the list that a call begins with; nil when it begins with none.
    static func values(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> [Value]? {
        guard case .list(let list) = arguments[0] else { return nil }
        try meter.spend(on: arguments[0])
        return list.values
    }

    private static func extreme(
        _ arguments: Arguments, _ meter: inout Meter, name: String, _ wins: (Int) -> Bool
    ) throws(EvaluationError) -> Value? {
        guard let values = try values(arguments, &meter) else { return nil }
        guard var best = values.first else { throw EvaluationError("\(name) called on empty list") }
        for value in values.dropFirst() {
            guard let order = Value.order(value, best) else { return nil }
            if wins(order) { best = value }
        }
        return best
    }

    static let sets: [String: Function] = [
        "sets.contains": { arguments, meter in
            try pair(arguments, &meter).map { left, right in .bool(Set(right).isSubset(of: left)) }
        },
        "sets.equivalent": { arguments, meter in
            try pair(arguments, &meter).map { left, right in .bool(Set(left) == Set(right)) }
        },
        "sets.intersects": { arguments, meter in
            try pair(arguments, &meter).map { left, right in .bool(!Set(left).isDisjoint(with: right)) }
        },
    ]

    private static func pair(
        _ arguments: Arguments, _ meter: inout Meter
    ) throws(EvaluationError) -> ([Value], [Value])? {
        guard let left = try values(arguments, &meter), case .list(let right) = arguments[1] else { return nil }
        try meter.spend(on: arguments[1])
        // Values that hash alike, such as lists, are compared with each other.
        try meter.spend(left.count * right.count / 100)
        return (left, right.values)
    }

    static let regex: [String: Function] = [
        "matches": { arguments, meter in
            guard let (text, expression) = try pattern(arguments, &meter) else { return nil }
            return .bool(
                try meter.search { fuel throws(RegexFuelError) in try expression.matches(text, spending: &fuel) })
        },
        "find": { arguments, meter in
            guard let (text, expression) = try pattern(arguments, &meter) else { return nil }
            let found = try meter.search { fuel throws(RegexFuelError) in
                try expression.findAll(in: text, limit: 1, spending: &fuel)
            }
            return .string(found.first ?? "")
        },
        "findAll": { arguments, meter in
            guard let (text, expression) = try pattern(arguments, &meter) else { return nil }
            let limit: Int? = if case .int(let limit) = arguments[2], limit >= 0 { Int(limit) } else { nil }
            let found = try meter.search { fuel throws(RegexFuelError) in
                try expression.findAll(in: text, limit: limit, spending: &fuel)
            }
            return .values(found.map(Value.string))
        },
    ]

    private static func pattern(
        _ arguments: Arguments, _ meter: inout Meter
    ) throws(EvaluationError) -> (String, RegularExpression)? {
        guard let text = try text(arguments, &meter), case .string(let source) = arguments[1] else { return nil }
        if let ready = arguments.patterns[source] { return (text, ready) }
        // Counts let a short expression become a large program.
        try meter.spend(100 + source.utf8.count * 10)
        do throws(RegexError) {
            return (text, try RegularExpression(source))
        } catch {
            throw EvaluationError("\(error)")
        }
    }

    static let optionals: [String: Function] = [
        "optional.of": { arguments, _ in .optional(arguments[0]) },
        "optional.ofNonZeroValue": { arguments, _ in .optional(isZero(arguments[0]) ? nil : arguments[0]) },
        "optional.none": { _, _ in .optional(nil) },
        "hasValue": { arguments, _ in
            if case .optional(let inner) = arguments[0] { .bool(inner != nil) } else { nil }
        },
        "value": { arguments, _ throws(EvaluationError) in
            guard case .optional(let inner) = arguments[0] else { return nil }
            guard let inner else { throw EvaluationError("optional.none() dereference") }
            return inner
        },
    ]

    private static func isZero(_ value: Value) -> Bool {
        switch value {
        case .null, .bool(false), .int(0), .uint(0), .double(0), .string(""), .bytes([]), .duration(0),
            .optional(nil):
            true
        case .list(let list): list.count == 0
        case .map(let map): map.count == 0
        case .object(let object): object.members.isEmpty
        default: false
        }
    }
}
