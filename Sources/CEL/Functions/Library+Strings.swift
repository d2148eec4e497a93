extension Library {
    static let strings: [String: Function] = [
        "contains": { arguments, meter in
            try texts(arguments, &meter).map { .bool(TextSearch.first(Array($1.utf8), in: Array($0.utf8)) != nil) }
        },
        "startsWith": { arguments, meter in try texts(arguments, &meter).map { .bool($0.utf8.starts(with: $1.utf8)) } },
        "endsWith": { arguments, meter in
            try texts(arguments, &meter).map { .bool($0.utf8.reversed().starts(with: $1.utf8.reversed())) }
        },
        "charAt": charAt, "indexOf": indexOf, "lastIndexOf": lastIndexOf, "substring": substring,
        "lowerAscii": { arguments, meter in
            try text(arguments, &meter).map { .string(mapped($0, 65...90) { $0 + 32 }) }
        },
        "upperAscii": { arguments, meter in
            try text(arguments, &meter).map { .string(mapped($0, 97...122) { $0 - 32 }) }
        },
        "trim": { arguments, meter in try text(arguments, &meter).map { .string(trimmed($0)) } },
        "reverse": { arguments, meter in
            try text(arguments, &meter).map { .string(String(String.UnicodeScalarView($0.unicodeScalars.reversed()))) }
        },
    ]

    /// The target of a method on a string; nil when it is no string.
    static func text(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> String? {
        guard case .string(let text) = arguments[0] else { return nil }
        try meter.spend(text.utf8.count / 10)
        return text
    }

    /// The two strings of a call; nil when they are none.
    private static func texts(
        _ arguments: Arguments, _ meter: inout Meter
    ) throws(EvaluationError) -> (String, String)? {
        guard case .string(let second) = arguments[1], let first = try text(arguments, &meter) else { return nil }
        return (first, second)
    }

    private static func mapped(
        _ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8
    ) -> String {
        String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func outOfRange(_ index: Int64) -> EvaluationError {
        EvaluationError("index out of range: \(index)")
    }

    private static func charAt(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard case .int(let index) = arguments[1], let text = try text(arguments, &meter) else { return nil }
        let scalars = Array(text.unicodeScalars)
        guard index >= 0, index <= Int64(scalars.count) else { throw outOfRange(index) }
        return .string(index == Int64(scalars.count) ? "" : String(scalars[Int(index)]))
    }

    private static func substring(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard case .int(let start) = arguments[1], let text = try text(arguments, &meter) else { return nil }
        let scalars = Array(text.unicodeScalars)
        var end = Int64(scalars.count)
        if arguments.count > 2 {
            guard case .int(let given) = arguments[2] else { return nil }
            guard given >= 0, given <= end else { throw outOfRange(given) }
            end = given
        }
        guard start >= 0, start <= Int64(scalars.count) else { throw outOfRange(start) }
        guard start <= end else {
            throw EvaluationError("invalid substring range. start: \(start), end: \(end)")
        }
        return .string(String(String.UnicodeScalarView(scalars[Int(start)..<Int(end)])))
    }

    private static func indexOf(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        if case .list(let list) = arguments[0] {
            try meter.spend(on: arguments[0])
            return .int(Int64(list.values.firstIndex(of: arguments[1]) ?? -1))
        }
        guard let (text, wanted) = try texts(arguments, &meter) else { return nil }
        let (scalars, part) = (Array(text.unicodeScalars), Array(wanted.unicodeScalars))
        let from: Int64 = if case .int(let from) = arguments[2] { from } else { 0 }
        guard from >= 0, from <= Int64(scalars.count) else { throw outOfRange(from) }
        return .int(Int64(TextSearch.first(part, in: scalars, from: Int(from)) ?? -1))
    }

    private static func lastIndexOf(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        if case .list(let list) = arguments[0] {
            try meter.spend(on: arguments[0])
            return .int(Int64(list.values.lastIndex(of: arguments[1]) ?? -1))
        }
        guard let (text, wanted) = try texts(arguments, &meter) else { return nil }
        let (scalars, part) = (Array(text.unicodeScalars), Array(wanted.unicodeScalars))
        let from: Int64 = if case .int(let from) = arguments[2] { from } else { Int64(scalars.count) }
        guard from >= 0, from <= Int64(scalars.count) else { throw outOfRange(from) }
        return .int(Int64(TextSearch.last(part, in: scalars, upTo: Int(from)) ?? -1))
    }
}
