import ArgumentParser

/// A length of time as Go writes it: `300ms`, `15s`, `1m30s`, `0`.
struct WaitLimit: ExpressibleByArgument {
    var duration: Duration
    private let text: String

    init(_ duration: Duration, _ text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        if argument == "0" {
            self = WaitLimit(.zero, argument)
            return
        }
        var rest = argument[...]
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let factor = ["ms": 0.001, "s": 1, "m": 60, "h": 3600][unit] else {
                return nil
            }
            sum += number * factor
        }
        guard !argument.isEmpty else { return nil }
        self = WaitLimit(.seconds(sum), argument)
    }

    var defaultValueDescription: String { text }
}
