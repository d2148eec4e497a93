extension Library {
    static let quantities: [String: Function] = [
        "quantity": { arguments, _ throws(EvaluationError) in
            guard case .string(let text) = arguments[0] else { return nil }
            guard let quantity = ExactQuantity(text) else {
                throw EvaluationError(
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
            }
            return .quantity(quantity)
        },
        "isQuantity": { arguments, _ in
            if case .string(let text) = arguments[0] { .bool(ExactQuantity(text) != nil) } else { nil }
        },
        "sign": { arguments, _ in quantity(arguments[0]).map { .int(Int64($0.nanos.signum())) } },
        "isInteger": { arguments, _ in quantity(arguments[0]).map { .bool($0.whole != nil) } },
        "asInteger": { arguments, _ throws(EvaluationError) in
            guard let quantity = quantity(arguments[0]) else { return nil }
            guard let whole = quantity.whole else { throw EvaluationError("cannot convert value to integer") }
            return .int(whole)
        },
        "asApproximateFloat": { arguments, _ in quantity(arguments[0]).map { .double($0.approximate) } },
        "add": { arguments, _ in try combined(arguments, +) },
        "sub": { arguments, _ in try combined(arguments, -) },
        "isLessThan": { arguments, _ in comparison(arguments).map { .bool($0 < 0) } },
        "isGreaterThan": { arguments, _ in comparison(arguments).map { .bool($0 > 0) } },
        "compareTo": { arguments, _ in comparison(arguments).map { .int($0) } },
    ]

    private static func quantity(_ value: Value) -> ExactQuantity? {
        if case .quantity(let quantity) = value { quantity } else { nil }
    }

    private static func combined(
        _ arguments: Arguments, _ combine: (Int128, Int128) -> Int128
    ) throws(EvaluationError) -> Value? {
        guard let left = quantity(arguments[0]) else { return nil }
        let right: Int128
        switch arguments[1] {
        case .quantity(let quantity): right = quantity.nanos
        case .int(let whole): right = Int128(whole) * 1_000_000_000
        default: return nil
        }
        guard let result = ExactQuantity(nanos: combine(left.nanos, right)) else {
            throw EvaluationError("integer overflow")
        }
        return .quantity(result)
    }

    private static func comparison(_ arguments: Arguments) -> Int64? {
        guard let left = quantity(arguments[0]), let right = quantity(arguments[1]) else { return nil }
        return left.nanos < right.nanos ? -1 : left == right ? 0 : 1
    }

    static let urls: [String: Function] = [
        "url": { arguments, meter in
            guard let text = try text(arguments, &meter) else { return nil }
            guard let url = URLParts(text) else {
                throw EvaluationError("URL parse error during conversion from string: invalid URI for request")
            }
            return .url(url)
        },
        "isURL": { arguments, meter in try text(arguments, &meter).map { .bool(URLParts($0) != nil) } },
        "getScheme": { arguments, _ in url(arguments[0]).map { .string($0.scheme) } },
        "getHost": { arguments, _ in url(arguments[0]).map { .string($0.host) } },
        "getHostname": { arguments, _ in url(arguments[0]).map { .string($0.hostname) } },
        "getPort": { arguments, _ in url(arguments[0]).map { .string($0.port) } },
        "getEscapedPath": { arguments, _ in url(arguments[0]).map { .string($0.escapedPath) } },
        "getQuery": { arguments, meter in
            guard let url = url(arguments[0]) else { return nil }
            try meter.spend(url.query.utf8.count)
            let pairs = url.queryValues.map { (Value.string($0), Value.values($1.map(Value.string))) }
            return .map(MapValue(Dictionary(pairs, uniquingKeysWith: { first, _ in first })))
        },
    ]

    private static func url(_ value: Value) -> URLParts? { if case .url(let url) = value { url } else { nil } }

    static let formats: [String: Function] = {
        var functions: [String: Function] = [
            "format.named": { arguments, _ in
                guard case .string(let name) = arguments[0] else { return nil }
                return .optional(NamedFormat.all[name] == nil ? nil : .format(name))
            },
            "validate": { arguments, meter in
                guard case .format(let name) = arguments[0], case .string(let text) = arguments[1] else { return nil }
                try meter.spend(text.utf8.count)
                guard let complaint = NamedFormat.all[name]?(text) else { return .optional(nil) }
                return .optional(.values([.string(complaint)]))
            },
        ]
        for name in NamedFormat.all.keys { functions["format.\(name)"] = { _, _ in .format(name) } }
        return functions
    }()
}
