import KubeAPI

/// A moment, with nanoseconds, from year 1 to 9999.
public struct Instant: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z.
    var nanoseconds: Int128

    static let bounds: ClosedRange<Int128> = -62_135_596_800_000_000_000...253_402_300_799_999_999_999

    /// nil outside the years that the language has.
    init?(nanoseconds: Int128) {
        guard Self.bounds.contains(nanoseconds) else { return nil }
        self.nanoseconds = nanoseconds
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Seconds since the epoch, rounded down.
    var seconds: Int64 { Int64((nanoseconds - fraction) / 1_000_000_000) }
    var fraction: Int128 { (nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000 }
}

extension Instant {
    /// Reads RFC 3339 with a capital `T`, any fraction, and `Z` or an offset.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == 84 || bytes[10] == 116, let day = Self.day(bytes[0..<10]),
            let hour = Self.number(bytes, 11), let minute = Self.number(bytes, 14),
            let second = Self.number(bytes, 17), bytes[13] == 58, bytes[16] == 58, hour < 24, minute < 60,
            second < 60
        else { return nil }
        var at = 19
        var fraction: Int128 = 0
        if bytes[at] == 46 {
            var scale: Int128 = 100_000_000
            at += 1
            let start = at
            while at < bytes.count, (48...57).contains(bytes[at]) {
                fraction += Int128(bytes[at] - 48) * scale
                scale /= 10
                at += 1
            }
            if at == start { return nil }
        }
        guard at < bytes.count, let offset = Self.offset(bytes[at...]) else { return nil }
        let total = ((Int128(day) * 24 + Int128(hour)) * 60 + Int128(minute) - Int128(offset)) * 60 + Int128(second)
        self.init(nanoseconds: total * 1_000_000_000 + fraction)
    }

    /// Reads a date, such as 2026-01-31, as its midnight.
    public init?(date text: String) {
        guard let day = Self.day(Array(text.utf8)[...]) else { return nil }
        self.init(nanoseconds: Int128(day) * 86_400 * 1_000_000_000)
    }

    /// Minutes east of UTC: `Z` or `+hh:mm`; nil when it is neither.
    static func offset(_ text: ArraySlice<UInt8>) -> Int? {
        let bytes = Array(text)
        if bytes == [90] || bytes == [122] { return 0 }
        guard bytes.count == 6, bytes[0] == 43 || bytes[0] == 45, bytes[3] == 58, let hours = number(bytes, 1),
            let minutes = number(bytes, 4), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (bytes[0] == 43 ? 1 : -1)
    }

    private static func number(_ bytes: [UInt8], _ at: Int, digits: Int = 2) -> Int? {
        guard at + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[at..<(at + digits)] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }

    /// Days since the epoch of `yyyy-mm-dd`.
    private static func day(_ text: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count == 10, bytes[4] == 45, bytes[7] == 45, let year = number(bytes, 0, digits: 4),
            let month = number(bytes, 5), let day = number(bytes, 8), (1...12).contains(month), day >= 1,
            day <= Calendar.days(in: month, of: year)
        else { return nil }
        return Timestamp.days(year: Int64(year), month: Int64(month), day: Int64(day))
    }

    /// The date and clock of a place so many minutes east of UTC.
    func parts(offset: Int) -> Calendar.Parts {
        Calendar.Parts(seconds: seconds + Int64(offset) * 60, milliseconds: Int(fraction / 1_000_000))
    }
}

extension Instant: CustomStringConvertible {
    public var description: String {
        let parts = parts(offset: 0)
        func pad(_ value: Int, _ width: Int = 2) -> String {
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        var text = "\(pad(parts.year, 4))-\(pad(parts.month))-\(pad(parts.day))T"
        text += "\(pad(parts.hour)):\(pad(parts.minute)):\(pad(parts.second))"
        if fraction != 0 {
            var digits = pad(Int(fraction), 9)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + "Z"
    }
}

/// The proleptic Gregorian calendar.
enum Calendar {
    struct Parts {
        var year = 0
        var month = 0
        var day = 0
        var dayOfYear = 0
        /// 0 is Sunday.
        var dayOfWeek = 0
        var hour = 0
        var minute = 0
        var second = 0
        var milliseconds = 0

        init(seconds: Int64, milliseconds: Int) {
            let days = (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
            let rest = Int(seconds - days * 86_400)
            let date = Timestamp.civil(days: days)
            (year, month, day) = (Int(date.year), Int(date.month), Int(date.day))
            dayOfYear = Int(days - Timestamp.days(year: date.year, month: 1, day: 1))
            dayOfWeek = Int(((days + 4) % 7 + 7) % 7)
            (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
            self.milliseconds = milliseconds
        }
    }

    static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
