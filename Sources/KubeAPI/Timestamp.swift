/// An instant in UTC with a resolution of microseconds: Kubernetes' `metav1.Time` and `metav1.MicroTime`.
///
/// Reads any RFC 3339 text; writes whole seconds when there is no fraction, else six digits.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// Seconds since the epoch, rounded down.
    public var seconds: Int64 { (microseconds - (microseconds % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000 }

    /// The same instant without its fraction of a second, as `metav1.Time` keeps it.
    public var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// Stays inside what 64 bits of microseconds hold.
    public func adding(seconds: Double) -> Timestamp {
        let distance = min(max(seconds * 1_000_000, -4e18), 4e18)
        let (sum, overflows) = microseconds.addingReportingOverflow(Int64(distance))
        return Timestamp(microseconds: overflows ? (distance < 0 ? .min / 2 : .max / 2) : sum)
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    public func seconds(since earlier: Timestamp) -> Double {
        Double(microseconds - earlier.microseconds) / 1_000_000
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Reads RFC 3339 with `T` or a space, any fraction, and `Z` or an offset; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<(from + count)] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[13] == 58, bytes[16] == 58,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == 46 {
            var scale: Int64 = 100_000
            at += 1
            while at < bytes.count, let digit = number(at, 1) {
                fraction += digit * scale
                scale /= 10
                at += 1
            }
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[at] == 43 || bytes[at] == 45 {
            guard let hours = number(at + 1, 2), let minutes = number(at + 4, 2), at + 6 == bytes.count else {
                return nil
            }
            offset = (hours * 60 + minutes) * 60 * (bytes[at] == 43 ? 1 : -1)
        } else {
            guard bytes[at] == 90 || bytes[at] == 122, at + 1 == bytes.count else { return nil }
        }
        let days = Self.days(year: year, month: month, day: day)
        microseconds = (((days * 24 + hour) * 60 + minute) * 60 + second - offset) * 1_000_000 + fraction
    }

    public var description: String {
        let whole = seconds
        let day = (whole - (whole % 86_400 + 86_400) % 86_400) / 86_400
        let rest = whole - day * 86_400
        let (year, month, date) = Self.civil(days: day)
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let clock = "\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
        let fraction = microseconds - whole * 1_000_000
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(date, 2))T\(clock)"
            + (fraction == 0 ? "" : ".\(pad(fraction, 6))") + "Z"
    }

    /// Days from 1970-01-01 of a date in the proleptic Gregorian calendar (Hinnant, `days_from_civil`).
    public static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `days`.
    public static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a time: RFC 3339 is expected")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
