import KubeAPI
import Testing

@testable import CEL

/// No expression takes long, whatever it is and whatever it looks at.
@Suite struct BudgetTests {
    private static let big = Value(
        .array(Array(repeating: .int(1), count: 2000)), as: .list(.scalar(.int), identity: .ordered))
    /// Few items with much in them.
    private static let set = Value(
        .array((0..<5).map { .string(String(repeating: "a", count: 2000) + "\($0)") }),
        as: .list(.scalar(.string), identity: .set))
    private static let keyed = Value(
        .object([String(repeating: "k", count: 2000): 1]), as: .map(.scalar(.int)))
    private static let link = Value.string("http://a/" + String(repeating: "a", count: 200))
    private static let long = Value.string(String(repeating: "a", count: 200_000))

    @Test(arguments: [
        "big.all(a, big.all(b, big.all(c, a + b + c > 0)))", "big.map(a, big.map(b, b)).size() > 0",
        "big.all(a, big == big)", "big.all(a, long.contains('b') || true)", "big.all(a, (long + long).size() > 0)",
        "big.all(a, long.matches('(x+x+)+y') || true)", "long.replace('', long).size() > 0",
        "long.replace('a', long).size() > 0", "big.map(a, long).join(long).size() > 0",
        "big.all(a, long.split('').size() > 0)", "big.all(a, long in [long, 'x'])",
        "big.all(a, sets.contains(big, big))", "big.all(a, big.isSorted())",
        "big.all(a, big.all(b, quantity('1') == quantity('1')))",
        "long.matches(big.map(x, 'a?').join() + big.map(x, 'a').join())", "long.find('(a?){200}b') == ''",
        "big.all(a, long.lowerAscii().upperAscii().trim().reverse() != '')",
        "big.all(a, big.all(b, '%s'.format([long]) != ''))", "big.all(a, bytes(long).size() > 0)",
        "big.all(a, keyed == keyed)", "big.all(a, url(link) == url(link))", "big.all(a, (set + set).size() > 0)",
        "big.all(a, long <= long)", "big.all(a, isIP(long) || true)",
    ])
    func isEnded(expression: String) throws {
        let program = try Program(
            expression,
            variables: [
                "big": .list(.int), "long": .string, "set": .list(.string), "keyed": .map(.string, .int),
                "link": .string,
            ])
        let values: [String: Value] = [
            "big": Self.big, "long": Self.long, "set": Self.set, "keyed": Self.keyed, "link": Self.link,
        ]
        let outcome = program.evaluate(values, limit: 100_000)
        guard case .failure(let error) = outcome.result else {
            Issue.record("\(expression) was not ended; it cost \(outcome.cost)")
            return
        }
        #expect(error == .costExceeded)
        #expect(outcome.cost == 100_001)
    }

    /// What is slow for a search that begins anew at each place.
    @Test func searchesAreLinear() throws {
        let text = String(repeating: "a", count: 300_000)
        let program = try Program(
            "self.contains(part) || self.indexOf(part) > 0 || self.lastIndexOf(part) > 0 || self.split(part).size() > 1",
            variables: ["self": .string, "part": .string])
        let part = String(repeating: "a", count: 150_000) + "b"
        let outcome = program.evaluate(["self": .string(text), "part": .string(part)])
        #expect(try outcome.result.get() == .bool(false))
    }

    @Test func theBudgetIsNotAbsorbed() throws {
        let program = try Program(
            "big.all(a, big.all(b, big.all(c, true))) || true", variables: ["big": .list(.int)])
        guard case .failure(let error) = program.evaluate(["big": Self.big], limit: 10_000).result else {
            Issue.record("an operator absorbed it")
            return
        }
        #expect(error.isFatal)
    }

    /// What is held in keys and links counts as any other text does.
    @Test func whatIsLongWeighsMore() throws {
        let program = try Program("a == b", variables: ["a": .dyn, "b": .dyn])
        func cost(_ value: Value) -> Int { program.evaluate(["a": value, "b": value]).cost }
        #expect(cost(Self.keyed) > 300)
        let url = try #require(URLParts("http://a/" + String(repeating: "a", count: 2000)))
        #expect(cost(.url(url)) > 300)
        let sum = try Program("(a + b).size() > 0", variables: ["a": .list(.string), "b": .list(.string)])
        #expect(sum.evaluate(["a": Self.set, "b": Self.set]).cost > 1500)
    }

    @Test func whatIsSmallIsCheap() throws {
        let program = try Program("self.size() > 2 && self.startsWith('a')", variables: ["self": .string])
        #expect(program.evaluate(["self": .string("abc")]).cost < 20)
    }
}

@Suite(.timeLimit(.minutes(1))) struct CompileBudgetTests {
    /// A type that doubles with every step must not be built, let alone compared.
    @Test func typesDoNotGrowWithoutEnd() {
        let steps = (0..<40).map { _ in ".map(a,{a:a})" }.joined()
        #expect(throws: (any Error).self) { try Program("[1]\(steps).all(x, x == x)", variables: [:]) }
    }

    @Test func aClassWithoutEndIsReadOnce() {
        #expect(throws: (any Error).self) { try RegularExpression("[" + String(repeating: "[:", count: 200_000)) }
    }
}
