/// A Kubernetes quantity without rounding below a billionth (apimachinery `resource.Quantity`).
public struct ExactQuantity: Sendable, Hashable {
    /// Billionths.
    let nanos: Int128

    private static let limit: Int128 = Int128(Int64.max) * 1_000_000_000

    init?(nanos: Int128) {
        guard nanos.magnitude <= Self.limit.magnitude else { return nil }
        self.nanos = nanos
    }

    /// nil when the text is no quantity.
    ///
    /// Numbers too large are cut to the largest, and digits below a billionth round away from zero, as upstream does.
    public init?(_ text: String) {
        var rest = text[...].unicodeScalars
        var isNegative = false
        if let sign = rest.first, sign == "+" || sign == "-" {
            isNegative = sign == "-"
            rest = rest.dropFirst()
        }
        let whole = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(whole.count)
        var decimals = Substring.UnicodeScalarView()
        if rest.first == "." {
            decimals = rest.dropFirst().prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(decimals.count + 1)
        }
        guard !whole.isEmpty || !decimals.isEmpty, let scale = Self.scale(String(rest)) else { return nil }
        let value = Self.scaled(Array(whole) + Array(decimals), exponent: scale.ten - decimals.count, two: scale.two)
        nanos = isNegative ? -value : value
    }

    /// Powers of ten and of two that a suffix stands for.
    private static func scale(_ suffix: String) -> (ten: Int, two: Int)? {
        let decimal = ["n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18]
        let binary = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]
        if let ten = decimal[suffix] { return (ten, 0) }
        if let two = binary[suffix] { return (0, two) }
        guard suffix.first == "e" || suffix.first == "E", let exponent = Int(suffix.dropFirst()) else { return nil }
        return (max(-400, min(400, exponent)), 0)
    }

    private static func scaled(_ digits: [Unicode.Scalar], exponent: Int, two: Int) -> Int128 {
        var value: Int128 = 0
        let significant = Array(digits.drop { $0 == "0" })
        if significant.isEmpty { return 0 }
        if significant.count + exponent > 21 { return limit }
        var shift = exponent + 9
        // Digits that cannot matter only round.
        let kept = significant.prefix(27)
        let isCut = significant.dropFirst(27).contains { $0 != "0" }
        for digit in kept { value = value * 10 + Int128(digit.value - 48) }
        shift += significant.count - kept.count
        let (product, isTooLarge) = value.multipliedReportingOverflow(by: 1 << Int128(two))
        if isTooLarge { return shift < -20 ? rounded(value, shift, two) : limit }
        value = product
        while shift > 0 {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            if isTooLarge { return limit }
            value = product
            shift -= 1
        }
        var remains = isCut
        while shift < 0, value != 0 {
            remains = remains || value % 10 != 0
            value /= 10
            shift += 1
        }
        return min(value + (remains ? 1 : 0), limit)
    }

    /// For numbers with both many digits and a binary suffix: first the tens, then the twos.
    private static func rounded(_ value: Int128, _ shift: Int, _ two: Int) -> Int128 {
        var (value, shift) = (value, shift)
        while shift < 0, value > 1_000_000_000_000_000_000 {
            value /= 10
            shift += 1
        }
        let (product, isTooLarge) = value.multipliedReportingOverflow(by: 1 << Int128(two))
        if isTooLarge { return limit }
        value = product
        while shift < 0, value != 0 {
            value /= 10
            shift += 1
        }
        return min(value, limit)
    }

    /// The whole number that it is; nil when it is none.
    var whole: Int64? { nanos % 1_000_000_000 == 0 ? Int64(exactly: nanos / 1_000_000_000) : nil }
    var approximate: Double { Double(nanos) / 1e9 }
}
