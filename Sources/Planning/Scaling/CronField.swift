/// One field of a crontab(5) expression, with the values that it may have.
struct CronField: Sendable {
    let name: String
    let range: ClosedRange<Int>
    /// Names of values, the first for the lowest.
    var names: [String] = []

    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of the month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12,
        names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
    static let weekday = CronField(
        name: "day of the week", range: 0...7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])

    /// The values that the text names, as bits.
    func bits(_ text: Substring) throws(CronExpression.Problem) -> UInt64 {
        var bits: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) { bits |= try values(part) }
        return bits
    }

    /// `*`, `5`, `1-5`, each perhaps with `/step`.
    private func values(_ text: Substring) throws(CronExpression.Problem) -> UInt64 {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step = 1
        if halves.count == 2 {
            guard let number = Int(halves[1]), (1...99).contains(number) else { throw refusal(text) }
            step = number
        }
        let values = try span(halves[0], isStepped: halves.count == 2)
        var bits: UInt64 = 0
        for value in stride(from: values.lowerBound, through: values.upperBound, by: step) {
            bits |= 1 << UInt64(value)
        }
        return bits
    }

    private func span(_ text: Substring, isStepped: Bool) throws(CronExpression.Problem) -> ClosedRange<Int> {
        if text == "*" { return range }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0])
        guard ends.count == 2 else { return first...(isStepped ? range.upperBound : first) }
        let last = try value(ends[1])
        guard first <= last else {
            throw CronExpression.Problem(message: "\(name) '\(text)' runs backwards: split it in two, with a comma")
        }
        return first...last
    }

    private func value(_ text: Substring) throws(CronExpression.Problem) -> Int {
        if let index = names.firstIndex(of: text.uppercased()) { return range.lowerBound + index }
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let value = Int(text), range.contains(value)
        else { throw refusal(text) }
        return value
    }

    private func refusal(_ text: Substring) -> CronExpression.Problem {
        CronExpression.Problem(
            message: "'\(text)' is no \(name): give \(range.lowerBound) to \(range.upperBound), *, a range or a step")
    }
}
