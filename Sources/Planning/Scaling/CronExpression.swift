import KubeAPI

/// A crontab(5) expression of five fields: minute, hour, day of the month, month, day of the week.
///
/// Names, ranges, lists and steps are read, also upper-lower case mixed; `@daily` and the like are not. When both days are
/// given, either will do (POSIX crontab).
public struct CronExpression: Sendable, Equatable {
    /// What is wrong with an expression.
    public struct Problem: Error, Equatable {
        /// For people.
        public let message: String
    }

    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    /// Bit 0 is Sunday.
    let weekdays: UInt64
    /// `*` in the day of the month, or of the week: then the other alone decides.
    let anyDay: Bool
    let anyWeekday: Bool

    /// - Throws: `Problem`, also for a day that no month has, such as February 30.
    public init(_ text: String) throws(Problem) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 5 else {
            throw Problem(message: "it has \(fields.count) fields, not five: minute, hour, day, month, weekday")
        }
        minutes = try CronField.minute.bits(fields[0])
        hours = try CronField.hour.bits(fields[1])
        days = try CronField.day.bits(fields[2])
        months = try CronField.month.bits(fields[3])
        let week = try CronField.weekday.bits(fields[4])
        // 7 is Sunday, too.
        weekdays = (week | week >> 7) & 0x7f
        anyDay = fields[2].hasPrefix("*")
        anyWeekday = fields[4].hasPrefix("*")
        guard canBegin else { throw Problem(message: "no month of it has such a day, so it never begins") }
    }

    /// Whether some date fits.
    private var canBegin: Bool {
        if !anyWeekday { return true }
        let lengths: [Int] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains { month in
            months.hasBit(month) && (1...lengths[month - 1]).contains { days.hasBit($0) }
        }
    }

    /// Whether it begins on a date, given as days since 1970-01-01.
    func begins(on date: Int64) -> Bool {
        let (_, month, day) = Timestamp.civil(days: date)
        guard months.hasBit(Int(month)) else { return false }
        // 1970-01-01 was a Thursday.
        let weekday = Int(((date + 4) % 7 + 7) % 7)
        let (fitsDay, fitsWeekday) = (days.hasBit(Int(day)), weekdays.hasBit(weekday))
        return anyDay || anyWeekday ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
    }

    /// The last minute of a day at which it begins, and that is not after `latest`; minutes since midnight.
    func lastMinute(notAfter latest: Int) -> Int? {
        var hour = min(23, latest / 60)
        var within = latest / 60 > 23 ? 59 : latest % 60
        while hour >= 0 {
            let fitting = hours.hasBit(hour) ? minutes & (UInt64.max >> UInt64(63 - within)) : 0
            if fitting != 0 { return hour * 60 + 63 - fitting.leadingZeroBitCount }
            hour -= 1
            within = 59
        }
        return nil
    }
}

extension UInt64 {
    fileprivate func hasBit(_ bit: Int) -> Bool { self >> UInt64(bit) & 1 == 1 }
}
