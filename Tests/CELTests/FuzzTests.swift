import KubeAPI
import Testing

@testable import CEL

/// Made-up expressions and patterns, the same each time: none crashes, none takes long, and none costs more than it may.
@Suite struct FuzzTests {
    /// A generator of numbers (Steele, Lea, Flood, "SplittableRandom").
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let words = [
        "self", "self.a", "self.l", "self.m", "x", "1", "-1", "0x1F", "1u", "1.5", "'a'", "\"b\"", "r'\\d'", "b'c'",
        "'''t'''",
        "true", "false", "null", "[1, 2]", "{'a': 1}", "[]", "{}", "(", ")", "[", "]", "{", "}", ",", ".", "?", ":",
        ".?", "[?",
        "+", "-", "*", "/", "%", "!", "==", "!=", "<", ">=", "in", "&&", "||", "has(", ".all(x,", ".map(x,",
        ".filter(x,",
        ".exists(x,", "size(", ".size()", ".contains(", ".matches(", "string(", "int(", "dyn(", "type(",
        "duration('1s')",
        "timestamp(0)", "quantity('1Ki')", "optional.of(", ".orValue(", ".value()", ".format(", ".split(", ".replace(",
        "9223372036854775807", "'\\u00e9'", "// c\n", "\n", "'", "\\", "é", "namespace", "ip('::1')",
        "cidr('10.0.0.0/8')",
    ]

    /// An expression of nearly the right form.
    private static func grown(_ depth: Int, _ random: inout Seeded) -> String {
        func sub() -> String { grown(depth - 1, &random) }
        guard depth > 0 else {
            return [
                "self", "self.a", "self.l", "self.m", "x", "1", "2u", "0.5", "'ab'", "true", "null", "[1]", "{'k': 2}",
            ]
            .randomElement(using: &random) ?? "1"
        }
        switch Int.random(in: 0..<16, using: &random) {
        case 0: return "(\(sub()) + \(sub()))"
        case 1: return "\(sub()) == \(sub())"
        case 2: return "(\(sub()) && \(sub()))"
        case 3: return "(\(sub()) || \(sub()))"
        case 4: return "(\(sub()) ? \(sub()) : \(sub()))"
        case 5: return "[\(sub()), dyn(\(sub()))]"
        case 6: return "{'a': \(sub())}"
        case 7: return "\(sub()).map(x, \(sub()))"
        case 8: return "\(sub()).all(x, \(sub()))"
        case 9: return "dyn(\(sub())).filter(x, dyn(\(sub())))"
        case 10: return "dyn(\(sub()))[\(sub())]"
        case 11: return "dyn(\(sub())).size()"
        case 12: return "string(dyn(\(sub())))"
        case 13: return "dyn(\(sub())) < dyn(\(sub()))"
        case 14: return "dyn(\(sub())).replace(dyn(\(sub())), dyn(\(sub())))"
        default: return "dyn(\(sub())) * dyn(\(sub()))"
        }
    }

    private static let type = DataType.object(
        ObjectType(
            name: "object",
            properties: [
                "a": .any, "l": .list(.any, identity: .ordered), "m": .map(.scalar(.string)),
            ]))
    private static let value = Value(
        ["a": "text", "l": [1, 2.5, "x", nil, [1], ["k": true]], "m": ["k": "v"]], as: type)

    private func run(_ source: String) {
        guard let program = try? Program(source, variables: ["self": Self.type.type]) else { return }
        let outcome = program.evaluate(["self": Self.value], limit: 20_000)
        #expect(outcome.cost <= 20_001, "\(source)")
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func wordsInAnyOrder(seed: UInt64) {
        var random = Seeded(state: seed)
        for _ in 0..<2500 {
            let count = Int.random(in: 1...25, using: &random)
            run((0..<count).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: " "))
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func nearlyRight(seed: UInt64) {
        var random = Seeded(state: seed)
        for _ in 0..<1500 { run(Self.grown(Int.random(in: 1...4, using: &random), &random)) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func patterns(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let parts = [
            "a", "b", ".", "*", "+", "?", "{2}", "{1,3}", "(", ")", "(?:", "(?i)", "|", "[a-c]", "[^x]", "[", "]", "^",
            "$",
            "\\d", "\\pL", "\\b", "\\", "é", "{", "}", "-", "(?P<n>",
        ]
        for _ in 0..<3000 {
            let count = Int.random(in: 1...14, using: &random)
            let source = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            guard let expression = try? RegularExpression(source) else { continue }
            var fuel = 50_000
            let found = try? expression.findAll(in: "aab abc xé1", limit: nil, spending: &fuel)
            let isMatch = try? expression.matches("aab abc xé1", fuel: 50_000)
            if let found, let isMatch { #expect(found.isEmpty != isMatch, "\(source)") }
        }
    }
}
