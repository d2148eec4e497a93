extension Library {
    /// `'%s is %d'.format([…])`.
    static func format(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        guard let template = try text(arguments, &meter), case .list(let list) = arguments[1] else { return nil }
        try meter.spend(on: arguments[1])
        var values = list.values[...]
        var result = ""
        var rest = template.unicodeScalars[...]
        while let next = rest.popFirst() {
            guard next == "%" else {
                result.unicodeScalars.append(next)
                continue
            }
            if rest.first == "%" {
                rest = rest.dropFirst()
                result += "%"
                continue
            }
            let precision = try precision(&rest)
            guard let verb = rest.popFirst() else {
                throw EvaluationError("unexpected end of string")
            }
            guard let value = values.popFirst() else {
                throw EvaluationError("index \(list.count) out of range")
            }
            guard let shown = formatted(value, verb, precision) else {
                throw EvaluationError("could not format: no way to show \(value.typeName) as %\(verb)")
            }
            result += shown
        }
        return .string(result)
    }

    private static func precision(_ rest: inout Substring.UnicodeScalarView) throws(EvaluationError) -> Int? {
        guard rest.first == "." else { return nil }
        rest = rest.dropFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        guard let precision = Int(String(digits)), precision <= 100 else {
            throw EvaluationError("could not format: the precision must be a number up to 100")
        }
        return precision
    }

    private static func formatted(_ value: Value, _ verb: Unicode.Scalar, _ precision: Int?) -> String? {
        switch (verb, value) {
        case ("s", _): return shown(value)
        case ("d", .int), ("d", .uint): return shown(value)
        case ("b", .bool(let flag)): return flag ? "1" : "0"
        case ("b", .int), ("o", .int), ("x", .int), ("X", .int), ("b", .uint), ("o", .uint), ("x", .uint), ("X", .uint):
            guard let whole = value.wholeNumber else { return nil }
            let digits = String(whole, radix: verb == "b" ? 2 : verb == "o" ? 8 : 16)
            return verb == "X" ? digits.uppercased() : digits
        case ("x", .string(let text)), ("X", .string(let text)): return hex(Array(text.utf8), verb)
        case ("x", .bytes(let bytes)), ("X", .bytes(let bytes)): return hex(bytes, verb)
        case ("f", .double(let number)): return fixed(number, precision ?? 6)
        case ("f", .int(let whole)): return fixed(Double(whole), precision ?? 6)
        case ("f", .uint(let whole)): return fixed(Double(whole), precision ?? 6)
        case ("e", .double(let number)): return scientific(number, precision ?? 6)
        default: return nil
        }
    }

    private static func hex(_ bytes: [UInt8], _ verb: Unicode.Scalar) -> String {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return verb == "X" ? digits.uppercased() : digits
    }

    /// With so many digits after the point, rounded to even as the binary number is.
    private static func fixed(_ number: Double, _ precision: Int) -> String {
        guard number.isFinite, number.magnitude < 1e18 else { return shown(.double(number)) }
        var whole = number.magnitude.rounded(.down)
        var fraction = number.magnitude - whole
        var digits = ""
        let kept = min(precision, 17)
        var scaled = (fraction * power(kept)).rounded(.toNearestOrEven)
        if scaled >= power(kept) {
            whole += 1
            scaled = 0
        }
        fraction = scaled
        let text = String(Int64(fraction))
        if precision > 0 {
            digits = "." + String(repeating: "0", count: max(0, kept - text.count)) + text.suffix(kept)
            digits += String(repeating: "0", count: precision - kept)
        }
        return (number < 0 ? "-" : "") + String(Int64(whole)) + digits
    }

    private static func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { result, _ in result * 10 } }

    private static func scientific(_ number: Double, _ precision: Int) -> String {
        guard number.isFinite else { return shown(.double(number)) }
        var exponent = 0
        var mantissa = number.magnitude
        while mantissa >= 10, exponent < 400 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1, mantissa != 0, exponent > -400 {
            mantissa *= 10
            exponent -= 1
        }
        let sign = exponent < 0 ? "-" : "+"
        let digits = String(exponent.magnitude)
        return (number < 0 ? "-" : "") + fixed(mantissa, precision) + "e" + sign + (digits.count < 2 ? "0" : "")
            + digits
    }
}
