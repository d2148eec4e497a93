/// A compiled regular expression of RE2's syntax, which searches in linear time: no text can make it hang.
///
/// Back references and look-around do not exist, as in RE2.
public struct RegularExpression: Sendable {
    /// Steps that one search may take unless its caller says otherwise: about a second's work.
    public static let defaultFuel = 20_000_000

    public let text: String
    private let program: RegexProgram

    /// Compiles an expression.
    /// - Throws: why it is none, worded as Go's `regexp` words it.
    public init(_ text: String) throws(RegexError) {
        self.text = text
        program = try RegexProgram(RegexParser.parse(text), text: text)
    }

    /// Whether any part of `subject` matches.
    /// - Throws: when the search took more steps than `fuel`.
    public func matches(_ subject: String, fuel: Int = defaultFuel) throws(RegexFuelError) -> Bool {
        var machine = RegexMachine(program, text: Array(subject.unicodeScalars), fuel: fuel)
        return try machine.search(isSatisfiedByAny: true) != nil
    }

    /// Whether any part matches, taking the steps from `fuel`.
    /// - Throws: when they are not enough.
    public func matches(_ subject: String, spending fuel: inout Int) throws(RegexFuelError) -> Bool {
        var machine = RegexMachine(program, text: Array(subject.unicodeScalars), fuel: fuel)
        defer { fuel = machine.fuel }
        return try machine.search(isSatisfiedByAny: true) != nil
    }

    /// The matches, from left to right, that do not overlap.
    ///
    /// - Parameters:
    ///   - subject: the text.
    ///   - limit: the most matches; nil for all.
    ///   - fuel: steps that may be taken, and then what is left of them.
    /// - Returns: the matched parts.
    /// - Throws: when the steps were not enough.
    func findAll(in subject: String, limit: Int?, spending fuel: inout Int) throws(RegexFuelError) -> [String] {
        var machine = RegexMachine(program, text: Array(subject.unicodeScalars), fuel: fuel)
        defer { fuel = machine.fuel }
        var found: [String] = []
        var position = 0
        var lastEnd = -1
        while position <= machine.text.count, limit.map({ found.count < $0 }) ?? true {
            guard let range = try machine.search(from: position, isSatisfiedByAny: false) else { break }
            // Go: an empty match right after a match does not count.
            if !range.isEmpty || range.lowerBound != lastEnd {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: machine.text[range])
                found.append(String(view))
            }
            lastEnd = range.upperBound
            position = range.isEmpty ? range.upperBound + 1 : range.upperBound
        }
        return found
    }
}
