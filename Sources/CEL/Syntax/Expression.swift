/// A parsed expression.
final class Expression: Sendable {
    indirect enum Kind: Sendable {
        case literal(Value)
        case identifier(String)
        /// `operand.field`, `operand.?field`, or `has(operand.field)`.
        case select(Expression, field: String, isTest: Bool, isOptional: Bool)
        case index(Expression, Expression, isOptional: Bool)
        /// A function, or with a target a method, or an operator by the name that messages have for it: `_+_`.
        case call(String, target: Expression?, arguments: [Expression])
        case and([Expression])
        case or([Expression])
        case conditional(Expression, then: Expression, otherwise: Expression)
        case list([Element])
        case map([Entry])
        case comprehension(Comprehension)
        /// `cel.bind` and `optMap`: the body with one more variable.
        case optionalMap(Expression, variable: String, body: Expression, isFlat: Bool)
    }

    struct Element: Sendable {
        var value: Expression
        var isOptional: Bool
    }

    struct Entry: Sendable {
        var key: Expression
        var value: Expression
        var isOptional: Bool
    }

    /// A macro that goes through a list or the keys of a map.
    struct Comprehension: Sendable {
        enum Macro: String, Sendable { case all, exists, existsOne, filter, map }

        var macro: Macro
        var range: Expression
        var variable: String
        /// The condition, or of `map` the filter where there is one.
        var condition: Expression?
        /// What `map` makes of each.
        var transform: Expression?
    }

    let kind: Kind
    /// Scalars from the start of the text.
    let offset: Int
    /// How many levels it has.
    let depth: Int

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
        depth = 1 + (Self.children(of: kind).map(\.depth).max() ?? 0)
    }

    private static func children(of kind: Kind) -> [Expression] {
        switch kind {
        case .literal, .identifier: []
        case .select(let operand, _, _, _): [operand]
        case .index(let operand, let index, _): [operand, index]
        case .call(_, let target, let arguments): (target.map { [$0] } ?? []) + arguments
        case .and(let terms), .or(let terms): terms
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .list(let elements): elements.map(\.value)
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .comprehension(let parts): [parts.range] + [parts.condition, parts.transform].compactMap { $0 }
        case .optionalMap(let operand, _, let body, _): [operand, body]
        }
    }

    /// `a.b.c` of a chain of plain selections; nil of anything else.
    var dottedName: String? {
        switch kind {
        case .identifier(let name): name
        case .select(let operand, let field, false, false): operand.dottedName.map { "\($0).\(field)" }
        default: nil
        }
    }
}

/// What is wrong with an expression, and where.
public struct CompileError: Error, Sendable, Hashable {
    public var message: String
    /// Scalars from the start of the text.
    public var offset: Int

    /// The message as cel-go shows it: with the line and a mark below the place.
    public func shown(in source: String) -> String {
        let scalars = Array(source.unicodeScalars)
        let place = min(offset, scalars.count)
        let start = (scalars[..<place].lastIndex(of: "\n") ?? -1) + 1
        let end = scalars[place...].firstIndex(of: "\n") ?? scalars.count
        let line = scalars[..<place].count { $0 == "\n" } + 1
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<end].prefix(1000))
        let mark = String(repeating: ".", count: min(place - start, 1000)) + "^"
        return "ERROR: <input>:\(line):\(place - start + 1): \(message)\n | \(String(text))\n | \(mark)"
    }
}
