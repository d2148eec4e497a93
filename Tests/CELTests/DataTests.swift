import KubeAPI
import Testing

@testable import CEL

/// Expressions over parts of objects, typed by their schemas.
@Suite struct DataTests {
    private static let part = ObjectType(
        name: "object", properties: ["name": .scalar(.string), "size": .scalar(.int)])
    private static let type = DataType.object(
        ObjectType(
            name: "object",
            properties: [
                "name": .scalar(.string), "replicas": .scalar(.int), "share": .scalar(.double), "on": .scalar(.bool),
                "port": .any, "labels": .map(.scalar(.string)), "when": .scalar(.timestamp),
                "wait": .scalar(.duration), "raw": .scalar(.bytes),
                "parts": .list(.object(part), identity: .map(keys: ["name"])),
                "tags": .list(.scalar(.string), identity: .set),
                "list": .list(.scalar(.int), identity: .ordered), "x-y.z": .scalar(.string), "in": .scalar(.int),
                "nested": .object(ObjectType(name: "object", properties: ["deep": .scalar(.string)])),
            ]))
    private static let json: JSONValue = [
        "name": "n", "replicas": 3, "share": 2, "on": true, "port": "http", "labels": ["a": "1", "b": "2"],
        "when": "2020-05-06T07:08:09Z", "wait": "1h", "raw": "aGk=",
        "parts": [["name": "x", "size": 1], ["name": "y", "size": 2]], "tags": ["p", "q"], "list": [3, 1, 2],
        "x-y.z": "odd", "in": 7, "nested": ["deep": "d"],
    ]

    static let rows = Row.table(
        """
        self.name => 'n'
        self.replicas + 1 => 4
        self.share => 2.0
        self.on => true
        self.port => 'http'
        self.port == 'http' => true
        self.port == 80 => false
        type(self.port) == string => true
        self.port + 1 =! no such overload
        self.labels.a => '1'
        self.labels['b'] => '2'
        self.labels.c =! no such key: c
        has(self.labels.c) => false
        'a' in self.labels => true
        self.labels.size() => 2
        self.labels.all(k, self.labels[k] != '3') => true
        self.labels == {'b': '2', 'a': '1'} => true
        self.when.getMonth() => 4
        self.when < timestamp('2021-01-01T00:00:00Z') => true
        self.wait == duration('60m') => true
        self.raw => b'hi'
        self.parts[0].name => 'x'
        self.parts.exists(p, p.size == 2) => true
        self.parts.map(p, p.size) => [1, 2]
        self.parts.map(p, p.size).sum() => 3
        self.parts.filter(p, p.name == 'y')[0].size => 2
        self.parts[5].name =! index out of bounds: 5
        self.parts[0].none =? undefined field 'none'
        self.tags == ['q', 'p'] => true
        self.tags + ['q', 'r'] == ['r', 'q', 'p'] => true
        (self.tags + ['q']).size() => 2
        self.list == [1, 2, 3] => false
        self.list == [3, 1, 2] => true
        self.list + [1] == [3, 1, 2, 1] => true
        self.list.isSorted() => false
        self.list.max() => 3
        1 in self.list => true
        self.x__dash__y__dot__z => 'odd'
        self.__in__ => 7
        self.nested.deep => 'd'
        has(self.nested.deep) => true
        self.nested.other =? undefined field 'other'
        self.other =? undefined field 'other'
        has(self.other) =? undefined field 'other'
        self.name.x =? type 'string' does not support field selection
        self.?name.value() => 'n'
        self.?nested.?deep.orValue('') => 'd'
        self == self => true
        self.nested == self.nested => true
        self.parts[0] == self.parts[1] => false
        'name' in self =? found no matching overload for '@in'
        self.all(k, true) =? cannot be range of a comprehension
        size(self) =? found no matching overload for 'size'
        self.name == null =? found no matching overload for '_==_' applied to '(string, null)'
        self.nested == null => false
        self.replicas > 2.5 => true
        self.replicas == 3.0 =? found no matching overload
        self.name < self.replicas =? found no matching overload for '_<_' applied to '(string, int)'
        string(self.replicas) + self.name => '3n'
        self.tags.join('-') => 'p-q'
        self.tags.exists_one(t, t == 'p') => true
        sets.contains(self.tags, ['p']) => true
        [self.name, self.port] => ['n', 'http']
        oldSelf =? undeclared reference to 'oldSelf'
        """)

    @Test(arguments: rows) func gives(_ row: Row) throws {
        try row.check(variables: ["self": Self.type.type], values: ["self": Value(Self.json, as: Self.type)])
    }

    @Test func dataThatDoesNotFitIsAnErrorWhereItIsUsed() throws {
        let value = Value(["when": "yesterday", "wait": "long", "raw": "*", "name": "n"], as: Self.type)
        for (expression, message) in [
            ("self.when == self.when", "expected a date or date-time but got \"yesterday\""),
            ("self.wait == duration('1s')", "expected a duration but got \"long\""),
            ("self.raw.size() > 0", "expected base64 but got \"*\""),
        ] {
            let program = try Program(expression, variables: ["self": Self.type.type])
            guard case .failure(let error) = program.evaluate(["self": value]).result else {
                Issue.record("\(expression) has a value")
                continue
            }
            #expect(error.message.contains(message))
        }
        let program = try Program("self.name == 'n'", variables: ["self": Self.type.type])
        #expect(try program.evaluate(["self": value]).result.get() == .bool(true))
    }

    /// An update that leaves unusable data as it was has not changed it.
    @Test func unusableDataIsEqualToItself() throws {
        let json: JSONValue = ["when": "yesterday", "parts": [["name": "x"]]]
        let program = try Program("self == oldSelf", variables: ["self": Self.type.type, "oldSelf": Self.type.type])
        let values = ["self": Value(json, as: Self.type), "oldSelf": Value(json, as: Self.type)]
        #expect(try program.evaluate(values).result.get() == .bool(true))
    }

    @Test(
        arguments: [
            ("a", "a"), ("a.b", "a__dot__b"), ("a-b", "a__dash__b"), ("a/b", "a__slash__b"),
            ("a__b", "a__underscores__b"),
            ("a_b", "a_b"), ("namespace", "__namespace__"), ("in", "__in__"), ("a b", nil), ("1a", nil), ("", nil),
            ("é", nil),
            ("$ref", nil),
        ] as [(String, String?)])
    func namesAreEscaped(name: String, escaped: String?) { #expect(FieldName.escaped(name) == escaped) }

    @Test func variablesAreKnown() throws {
        let program = try Program(
            "[1].all(self, self > 0) && oldSelf == 1", variables: ["self": .int, "oldSelf": .int])
        #expect(program.variables == ["oldSelf"])
        #expect(program.resultType == .bool)
    }
}
