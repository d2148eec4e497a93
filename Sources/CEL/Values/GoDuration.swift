/// Lengths of time as Go writes them: `1h30m`, `1.5s`, `-2m`.
public enum GoDuration {
    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12,
    ]

    /// Nanoseconds; nil when the text is no length of time or does not fit.
    public static func parse(_ text: String) -> Int64? {
        var rest = text[...]
        var isNegative = false
        if let first = rest.first, first == "-" || first == "+" {
            isNegative = first == "-"
            rest = rest.dropFirst()
        }
        if rest == "0" { return 0 }
        if rest.isEmpty { return nil }
        var total: Int128 = 0
        while !rest.isEmpty {
            guard let (number, unit, after) = part(rest), let factor = units[unit] else { return nil }
            guard let amount = nanoseconds(number, factor: Int128(factor)) else { return nil }
            total += amount
            if total > 1 << 64 { return nil }
            rest = after
        }
        return Int64(exactly: isNegative ? -total : total)
    }

    /// Nanoseconds of what kube-openapi's format `duration` also takes: `3 days`, `2 weeks`, `1 hr`.
    public static func parseLenient(_ text: String) -> Int64? {
        if let exact = parse(text) { return exact }
        let words: [(names: [String], seconds: Double)] = [
            (["ns", "nano"], 1e-9), (["us", "µs", "micro"], 1e-6), (["ms", "milli"], 1e-3), (["s", "sec"], 1),
            (["m", "min"], 60), (["h", "hr", "hour"], 3600), (["d", "day"], 86_400), (["w", "wk", "week"], 604_800),
        ]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), number.isFinite else { return nil }
        if unit.hasSuffix("s"), unit.count > 2 { unit = unit.dropLast() }
        guard let found = words.first(where: { $0.names.contains(String(unit)) }) else { return nil }
        let total = number * found.seconds * 1e9
        return total.magnitude < 9.2e18 ? Int64(total) : nil
    }

    private static func part(_ text: Substring) -> (number: Substring, unit: String, rest: Substring)? {
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let after = text.dropFirst(number.count)
        let unit = after.prefix { !("0"..."9").contains($0) && $0 != "." }
        return number.isEmpty || unit.isEmpty ? nil : (number, String(unit), after.dropFirst(unit.count))
    }

    private static func nanoseconds(_ text: Substring, factor: Int128) -> Int128? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, text != ".", parts[0].count <= 19 else { return nil }
        guard let whole = parts[0].isEmpty ? 0 : Int128(parts[0]) else { return nil }
        var total = whole * factor
        if parts.count == 2 {
            var scale = factor
            for digit in parts[1].utf8.prefix(20) {
                scale /= 10
                total += Int128(digit - 48) * scale
            }
        }
        return total
    }

    /// As the language's `string()` shows a length: in seconds.
    static func text(_ nanoseconds: Int64) -> String {
        let (whole, fraction) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = (nanoseconds < 0 ? "-" : "") + String(whole)
        if fraction != 0 {
            var digits = String(repeating: "0", count: 9 - String(fraction).count) + String(fraction)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + "s"
    }
}
