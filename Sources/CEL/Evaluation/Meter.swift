/// Counts what an evaluation costs, and ends it when it costs too much.
struct Meter {
    /// Units that may still be spent.
    private(set) var remaining: Int

    init(limit: Int) { remaining = limit }

    mutating func spend(_ units: Int) throws(EvaluationError) {
        guard units <= remaining else {
            remaining = -1
            throw .costExceeded
        }
        remaining -= units
    }

    /// What looking at a whole value costs.
    mutating func spend(on value: Value) throws(EvaluationError) {
        try spend(value.weight(limit: max(remaining, 0)))
    }

    /// Runs a search with the units that are left; one unit is ten steps.
    mutating func search<T>(
        _ body: (inout Int) throws(RegexFuelError) -> T
    ) throws(EvaluationError) -> T {
        var fuel = remaining * 10
        let result: T
        do throws(RegexFuelError) {
            result = try body(&fuel)
        } catch {
            remaining = -1
            throw EvaluationError.costExceeded
        }
        try spend((remaining * 10 - fuel) / 10)
        return result
    }
}

/// Why an expression has no value.
public struct EvaluationError: Error, Sendable, Hashable {
    public var message: String
    /// The budget is used up: no operator absorbs it.
    public var isFatal = false

    init(_ message: String, isFatal: Bool = false) {
        self.message = message
        self.isFatal = isFatal
    }

    static let costExceeded = EvaluationError("operation cancelled: actual cost limit exceeded", isFatal: true)
    static let noSuchOverload = EvaluationError("no such overload")
}
