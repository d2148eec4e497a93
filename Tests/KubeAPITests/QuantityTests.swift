import KubeAPI
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0), ("1", 1000), ("10m", 10), ("1.5", 1500), ("100n", 1), ("1k", 1_000_000), ("1Ki", 1_024_000),
            ("128Mi", 134_217_728_000), ("1e3", 1_000_000), ("1E3", 1_000_000), ("-1", -1000),
            ("2G", 2_000_000_000_000), (".5", 500), ("1.", 1000), ("+2", 2000),
            // Beyond what 64 bits hold, as much as they do (apimachinery caps, too).
            ("16E", .max), ("8Ei", .max), ("1e400", .max), ("-1E", .min), ("1e-400", 0), ("10P", .max),
            (String(repeating: "9", count: 400), .max),
        ] as [(String, Int64)])
    func reads(_ text: String, _ milli: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.milli == milli)
        #expect(quantity.description == text)
    }

    @Test(arguments: ["", "m", "1 Mi", " 1", "1mi", "abc", "nan", "inf", "0x10", "1Pii", "1e1.5", "1e"])
    func refuses(_ text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func valuesRoundUp() throws {
        #expect(try #require(Quantity("1500m")).value == 2)
        #expect(try #require(Quantity("1")).value == 1)
        #expect(Quantity("1024Ki") == Quantity("1Mi"))
        #expect(Quantity.bytes(134_217_728).text == "128Mi")
        #expect(Quantity.bytes(1000).text == "1000")
        #expect(Quantity.milliCPU(2500).text == "2500m")
        #expect(Quantity.milliCPU(2000).text == "2")
        #expect(Quantity.bytes(.max).milli == .max)
    }

    /// What the schemas of the API let through must be read by whoever is told of it.
    @Test func whateverTheAPITakesIsRead() throws {
        let wholes = ["0", "7", "007", "12345678901234567890123456789", String(repeating: "9", count: 500)]
        let numbers = wholes + wholes.flatMap { ["\($0).", "\($0).\($0)", ".\($0)"] }
        let suffixes =
            ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
            + ["e", "E"].flatMap { letter in ["", "+", "-"].flatMap { ["\(letter)\($0)0", "\(letter)\($0)999999"] } }
        for sign in ["", "+", "-"] {
            for number in numbers {
                for suffix in suffixes { #expect(Quantity(sign + number + suffix) != nil, "\(sign)\(number)\(suffix)") }
            }
        }
    }
}
