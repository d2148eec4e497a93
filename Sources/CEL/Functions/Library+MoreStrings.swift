extension Library {
    static let moreStrings: [String: Function] = [
        "replace": replace, "split": split, "join": join, "format": format,
        "strings.quote": { arguments, meter in try text(arguments, &meter).map { .string(quoted($0)) } },
    ]

    /// The most parts or replacements: what a call's last number says, negative meaning all.
    private static func limit(_ value: Value) -> Int? {
        if case .int(let limit) = value, limit >= 0 { return Int(limit) }
        return nil
    }

    private static func replace(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard let text = try text(arguments, &meter), case .string(let old) = arguments[1],
            case .string(let new) = arguments[2]
        else { return nil }
        let limit = limit(arguments[3])
        if limit == 0 { return .string(text) }
        let parts = parts(of: text, separator: old, limit: limit)
        // Known before the text is made, so that none is made that is too large.
        try meter.spend((text.utf8.count + max(0, parts.count - 1) * new.utf8.count) / 10)
        return .string(parts.joined(separator: new))
    }

    /// The parts between a separator's occurrences; an empty one stands before, between and after all characters.
    private static func parts(of text: String, separator: String, limit: Int?) -> [String] {
        guard separator.isEmpty else { return TextSearch.parts(of: text, separator: separator, limit: limit) }
        let scalars = text.unicodeScalars.map { String($0) }
        guard let limit, limit < scalars.count + 1 else { return [""] + scalars + [""] }
        return [""] + scalars.prefix(limit - 1) + [scalars.dropFirst(limit - 1).joined()]
    }

    private static func split(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard let text = try text(arguments, &meter), case .string(let separator) = arguments[1] else { return nil }
        try meter.spend(text.utf8.count)
        let limit = limit(arguments[2])
        if limit == 0 { return .values([]) }
        if limit == 1 { return .values([.string(text)]) }
        if separator.isEmpty {
            let scalars = text.unicodeScalars.map { String($0) }
            guard let limit, limit < scalars.count else { return .values(scalars.map(Value.string)) }
            let rest = scalars.dropFirst(limit - 1).joined()
            return .values(scalars.prefix(limit - 1).map(Value.string) + [.string(rest)])
        }
        return .values(TextSearch.parts(of: text, separator: separator, limit: limit.map { $0 - 1 }).map(Value.string))
    }

    private static func join(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard case .list(let list) = arguments[0] else { return nil }
        try meter.spend(on: arguments[0])
        let separator: String = if case .string(let text) = arguments[1] { text } else { "" }
        try meter.spend(list.count * separator.utf8.count / 10)
        var texts: [String] = []
        for value in list.values {
            guard case .string(let text) = value else { return nil }
            texts.append(text)
        }
        return .string(texts.joined(separator: separator))
    }

    private static func quoted(_ text: String) -> String {
        let escapes: [Unicode.Scalar: String] = [
            "\u{7}": "\\a", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{B}": "\\v",
            "\\": "\\\\", "\"": "\\\"",
        ]
        return "\"" + text.unicodeScalars.map { escapes[$0] ?? String($0) }.joined() + "\""
    }
}
