import Foundation
import KubeAPI
import Testing

/// The coder against Foundation's: what one writes, both read, and both refuse the same.
@Suite struct JSONCodingTests {
    struct Everything: Codable, Equatable {
        enum Shade: String, Codable { case dark, light }
        struct Inner: Codable, Equatable {
            var shade: Shade
            var optional: Int?
        }

        var text = "a\"b\\ü\n"
        var flag = true
        var small: Int8 = -128
        var whole = 42
        var large = UInt64(Int64.max)
        var fraction = 1.5
        var wholeDouble = 3.0
        var nothing: String?
        var list = [[1, 2], []]
        var map = ["k": Inner(shade: .dark, optional: nil)]
        var texts = ["a": "b"]
        var inner = Inner(shade: .light, optional: 7)
        var json: JSONValue = ["x": [nil, 1.25, false]]
        var optionals: [Int?] = [1, nil]
    }

    @Test func agreesWithFoundation() throws {
        let value = Everything()
        let ours = try JSONValue(encoding: value)
        let theirs = try JSONValue(parsing: JSONEncoder().encode(value))
        #expect(ours == theirs)
        #expect(try ours.decoded(as: Everything.self) == value)
        #expect(try JSONDecoder().decode(Everything.self, from: ours.serialized()) == value)
    }

    /// Containers inside containers, filled in after others were begun, and the encoders of superclasses.
    class Base: Codable {
        var base = 1
        init() {}
    }

    final class Derived: Base {
        private enum Keys: String, CodingKey { case own, nested, list }
        var own = "x"
        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            own = try container.decode(String.self, forKey: .own)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            #expect(try list.decode(Int.self) == 1)
            #expect(try list.nestedContainer(keyedBy: Keys.self).decode(String.self, forKey: .own) == "deep")
            #expect(try list.decodeNil())
            #expect(list.isAtEnd)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            var list = container.nestedUnkeyedContainer(forKey: .list)
            try container.encode(own, forKey: .own)
            try list.encode(1)
            var deep = list.nestedContainer(keyedBy: Keys.self)
            try deep.encode("deep", forKey: .own)
            try list.encodeNil()
            try super.encode(to: container.superEncoder())
        }
    }

    @Test func nestedContainersAndSuperclasses() throws {
        let value = Derived()
        value.base = 5
        let json = try JSONValue(encoding: value)
        #expect(json == ["own": "x", "list": [1, ["own": "deep"], nil], "super": ["base": 5]])
        #expect(try json == JSONValue(parsing: JSONEncoder().encode(value)))
        #expect(try json.decoded(as: Derived.self).base == 5)
    }

    struct Small: Codable, Equatable {
        var count: Int8
        var name: String?
        var items: [Int]?
    }

    @Test(
        arguments: [
            (#"{"count": 1}"#, true), (#"{"count": 1.0}"#, true), (#"{"count": 300}"#, false),
            (#"{"count": 1.5}"#, false), (#"{"count": "1"}"#, false), (#"{"count": null}"#, false), (#"{}"#, false),
            (#"[]"#, false), (#"{"count": 1, "name": null}"#, true), (#"{"count": 1, "name": 2}"#, false),
            (#"{"count": 1, "items": [1, "2"]}"#, false), (#"{"count": 1, "items": {}}"#, false),
        ])
    func refusesWhatFoundationRefuses(_ text: String, _ isFine: Bool) throws {
        let json = try JSONValue(parsing: Data(text.utf8))
        #expect((try? json.decoded(as: Small.self)) == (try? JSONDecoder().decode(Small.self, from: Data(text.utf8))))
        #expect(((try? json.decoded(as: Small.self)) != nil) == isFine)
    }

    @Test func anErrorSaysWhere() throws {
        let json: JSONValue = ["count": 1, "items": [1, true]]
        let error = #expect(throws: DecodingError.self) { try json.decoded(as: Small.self) }
        guard case .typeMismatch(_, let context) = error else { throw try #require(error) }
        #expect(context.codingPath.map(\.stringValue) == ["items", "Index 1"])
        #expect(context.debugDescription == "expected Int but found a boolean")
    }

    @Test func thereIsNoNumberThatJSONLacks() {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [Double.infinity]) }
    }
}
