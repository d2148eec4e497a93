import Testing

@testable import CEL

/// RE2's syntax, its semantics, and that no text takes long.
@Suite struct RegularExpressionTests {
    @Test(
        arguments: [
            ("", "", true), ("", "abc", true), ("abc", "xabcx", true), ("abc", "ab", false), ("^abc$", "abc", true),
            ("^abc$", "abc\n", false), ("^abc$", "xabc", false), ("a|b", "b", true), ("^(a|b)$", "ab", false),
            ("a*", "", true), ("^a+$", "", false), ("^a?b$", "b", true), ("^a{2}$", "aa", true),
            ("^a{2}$", "aaa", false),
            ("^a{2,}$", "aaaa", true), ("^a{2,3}$", "aaaa", false), ("^a{0,2}$", "", true), ("^a{,2}$", "a{,2}", true),
            ("a{x", "a{x", true), ("^[a-z]+$", "hello", true), ("^[a-z]+$", "Hello", false),
            ("^[^a-z]+$", "ABC1", true),
            ("^[]a]+$", "]a", true), ("^[^]]+$", "a]", false), ("^[a-]+$", "a-", true), ("^[-a]+$", "-a", true),
            ("^[a\\-z]+$", "a-z", true), ("^[a\\-z]+$", "b", false), ("^\\d+$", "123", true), ("^\\d+$", "٣", false),
            ("^\\D+$", "abc", true), ("^\\w+$", "a_1", true), ("^\\w+$", "é", false), ("^\\W$", "-", true),
            ("^\\s$", "\t", true), ("^\\s$", "\u{B}", false), ("^\\S$", "a", true), ("^[\\d.]+$", "1.2", true),
            ("^[\\W]+$", "--", true), ("^[^\\s]+$", "a b", false), ("^.$", "\n", false), ("(?s)^.$", "\n", true),
            ("(?i)^abc$", "AbC", true), ("^(?i:a)b$", "Ab", true), ("^(?i:a)b$", "AB", false),
            ("(?i)^[a-c]$", "B", true),
            ("(?i)k", "\u{212A}", true), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb", false), ("\\Aa\\z", "a", true),
            ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo", false), ("\\Boo\\b", "foo", true),
            ("^\\Qa.b*\\E$", "a.b*", true), ("^\\Qa.b", "a.b", true), ("^\\x41\\x{1F600}$", "A😀", true),
            ("^\\n\\t\\r\\f\\v\\a$", "\n\t\r\u{C}\u{B}\u{7}", true), ("^\\012$", "\n", true),
            ("^\\.\\*\\[\\]$", ".*[]", true),
            ("^[[:alpha:]]+$", "abC", true), ("^[[:^alpha:]]+$", "12", true), ("^[[:digit:]x]+$", "1x2", true),
            ("^\\pL+$", "äλЖ", true), ("^\\p{Lu}+$", "ÄΛ", true), ("^\\p{Lu}+$", "ä", false), ("^\\PL+$", "123", true),
            ("^\\p{^L}+$", "1", true), ("^\\p{Greek}+$", "αβγ", true), ("^\\p{Greek}+$", "abc", false),
            ("^\\p{Han}+$", "漢字", true), ("^(?P<name>a)(?<other>b)$", "ab", true), ("^(?:ab)+$", "abab", true),
            ("^(?:)$", "", true), ("^()$", "", true), ("^(|a)$", "a", true), ("^a??b$", "ab", true),
            ("^(a*)*$", "aaa", true), ("^(a*)+$", "b", false), ("^(a|b|)+$", "ab", true), ("(?U)^a+$", "aa", true),
            ("^é$", "e\u{301}", false), ("^👍$", "👍", true), ("^..$", "👍🏽", true), ("a.c", "a\u{0}c", true),
            ("^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$", "12.5Mi", true),
            ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a-1.b", true),
            ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a-1.-b", false),
        ] as [(String, String, Bool)])
    func matches(pattern: String, subject: String, isMatch: Bool) throws {
        #expect(try RegularExpression(pattern).matches(subject) == isMatch)
    }

    /// However a class is written, it holds what its parts say.
    @Test func classesHoldWhatTheirPartsSay() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            func some(_ depth: Int) -> CharacterClass {
                var made = CharacterClass(isNegated: .random(), ignoresCase: Int.random(in: 0..<4, using: &random) == 0)
                made.ranges = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                    let low = UInt32.random(in: 32..<300, using: &random)
                    return low...(low + UInt32.random(in: 0..<20, using: &random))
                }
                if depth > 0 { made.parts = (0..<Int.random(in: 0..<3, using: &random)).map { _ in some(depth - 1) } }
                if Int.random(in: 0..<4, using: &random) == 0, let letters = CharacterClass.unicode("Lu") {
                    made.properties = letters.properties
                }
                return made
            }
            let (plain, compact) = { ($0, $0.compact) }(some(2))
            for scalar in (0..<400).compactMap(Unicode.Scalar.init) + ["\u{10FFFF}"] {
                #expect(plain.contains(scalar) == compact.contains(scalar), "\(plain) \(scalar.value)")
            }
        }
    }

    /// A class with many ranges is asked as fast as one with few.
    @Test func largeClassesAreQuick() throws {
        let ranges = (0..<20_000).map { "\\x{\(String(0x10000 + 2 * $0, radix: 16))}" }.joined()
        for pattern in ["^[\(ranges)\(ranges)]*$", "^[" + String(repeating: "\\d\\W\\pL", count: 10_000) + "]*$"] {
            guard
                case .characters(let found) = try RegexProgram(RegexParser.parse(pattern), text: pattern)
                    .instructions.first(where: { if case .characters = $0 { true } else { false } })
            else { throw RegexError("no class", pattern) }
            #expect(found.isCompact && found.parts.count < 4)
            #expect(zip(found.ranges, found.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
            #expect(found.ranges.count <= 20_000)
        }
    }

    @Test(
        arguments: [
            ("a+", "aa b aaa", ["aa", "aaa"]), ("a*", "baac", ["", "aa", ""]), ("", "ab", ["", "", ""]),
            ("a+?", "aaa", ["a", "a", "a"]), ("a|ab", "ab", ["a"]), ("ab|a", "ab", ["ab"]),
            ("a{1,2}", "aaa", ["aa", "a"]),
            ("(a+)(b+)?", "aab a", ["aab", "a"]), ("(?U)a+", "aa", ["a", "a"]), ("(?U)a+?", "aa", ["aa"]),
            ("\\b\\w", "ab cd", ["a", "c"]), ("x", "abc", []), ("^a", "aaa", ["a"]), (".*", "a\nb", ["a", "b"]),
            ("(a*)*", "aab", ["aa", ""]), ("(|a)+", "aa", ["", "", ""]),
        ] as [(String, String, [String])])
    func finds(pattern: String, subject: String, matches: [String]) throws {
        var fuel = 100_000
        #expect(try RegularExpression(pattern).findAll(in: subject, limit: nil, spending: &fuel) == matches)
    }

    @Test(arguments: [
        ("(", "missing closing ): `(`"), ("a)", "unexpected ): `a)`"), ("[a", "missing closing ]: `[a`"),
        ("*a", "missing argument to repetition operator: `*`"), ("a|*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"), ("a{2}{3}", "invalid nested repetition operator"),
        ("a\\", "trailing backslash at end of expression: ``"), ("[z-a]", "invalid character class range: `z-a`"),
        ("a{1001}", "invalid repeat count: `{1001}`"), ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("(a{100}){100}", "invalid repeat count"), ("\\1", "invalid escape sequence: `\\1`"),
        ("(a)\\1", "invalid escape sequence: `\\1`"), ("\\y", "invalid escape sequence: `\\y`"),
        ("\\xg", "invalid escape sequence"), ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"), ("(?<=a)", "invalid or unsupported Perl syntax"),
        ("(?<!a)", "invalid or unsupported Perl syntax"), ("(?>a)", "invalid or unsupported Perl syntax"),
        ("(?P<1", "invalid named capture"), ("(?P=a)", "invalid or unsupported Perl syntax"),
        ("\\p{Nothing}", "invalid character class range: `\\p{Nothing}`"),
        ("[[:nothing:]]", "invalid character class range"),
        ("a++", "invalid nested repetition operator: `++`"), ("\\C", "invalid escape sequence"),
        ("\\G", "invalid escape sequence"), ("(?i", "missing closing )"),
    ])
    func refuses(pattern: String, message: String) throws {
        let error = #expect(throws: RegexError.self) { try RegularExpression(pattern) }
        #expect(error?.description.hasPrefix("error parsing regexp: ") == true)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    /// What takes a backtracking engine longer than the universe is old.
    @Test(arguments: ["^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(x+x+)+y", "^(.*)*$!", "(a?){30}a{30}$"])
    func noTextTakesLong(pattern: String) throws {
        let expression = try RegularExpression(pattern)
        let text = String(repeating: "a", count: 3000) + "!"
        #expect(try expression.matches(text, fuel: 2_000_000) == false)
    }

    @Test func stepsAreBounded() throws {
        let expression = try RegularExpression("(a?){500}a{400}")
        #expect(throws: RegexFuelError.self) {
            try expression.matches(String(repeating: "a", count: 100_000) + "b", fuel: 1_000)
        }
        let nested = String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000)
        #expect(throws: RegexError.self) { try RegularExpression(nested) }
        let loops = String(repeating: "(", count: 60) + "a" + String(repeating: "+)", count: 60)
        #expect(try RegularExpression("^\(loops)$").matches("aaab") == false)
    }
}
