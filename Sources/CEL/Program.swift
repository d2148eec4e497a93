/// A compiled expression: parsed and checked once, run many times.
public struct Program: Sendable {
    /// What one evaluation gave, and what it cost.
    public struct Outcome: Sendable {
        public var result: Result<Value, EvaluationError>
        public var cost: Int
    }

    /// Everything that is wrong with an expression.
    public struct Errors: Error, Sendable, CustomStringConvertible {
        public var source: String
        public var errors: [CompileError]
        public var description: String { errors.map { $0.shown(in: source) }.joined(separator: "\n") }
    }

    /// What a single evaluation may cost (Kubernetes' `PerCallLimit`).
    public static let callLimit = 1_000_000

    public let source: String
    public let resultType: CELType
    /// The variables that it looks at.
    public let variables: Set<String>
    private let expression: Expression
    private let patterns: [String: RegularExpression]

    /// Parses and checks an expression.
    ///
    /// - Parameters:
    ///   - source: its text.
    ///   - variables: the types of the variables that it may use.
    /// - Throws: everything that is wrong with it.
    public init(_ source: String, variables: [String: CELType]) throws(Errors) {
        do throws(CompileError) {
            expression = try Parser.parse(source)
        } catch {
            throw Errors(source: source, errors: [error])
        }
        var checker = Checker(variables: variables)
        resultType = checker.check(expression)
        if !checker.errors.isEmpty { throw Errors(source: source, errors: Array(checker.errors.prefix(10))) }
        self.source = source
        self.variables = checker.used
        patterns = checker.patterns
    }

    /// Runs the expression.
    ///
    /// - Parameters:
    ///   - values: the variables.
    ///   - limit: what it may cost.
    /// - Returns: its value or why it has none, and the cost.
    public func evaluate(_ values: [String: Value], limit: Int = callLimit) -> Outcome {
        var evaluator = Evaluator(variables: values, patterns: patterns, limit: limit)
        do throws(EvaluationError) {
            let value = try evaluator.evaluate(expression)
            return Outcome(result: .success(value), cost: limit - evaluator.meter.remaining)
        } catch {
            return Outcome(result: .failure(error), cost: limit - evaluator.meter.remaining)
        }
    }
}
