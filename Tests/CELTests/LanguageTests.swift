import Testing

@testable import CEL

/// The language itself: literals, operators, macros and conversions (cel-spec).
@Suite struct LanguageTests {
    static let literals = Row.table(
        #"""
        0x1F => 31
        -0x8000000000000000 => -9223372036854775808
        -9223372036854775808 < 0 => true
        9223372036854775807 => 9223372036854775807
        9223372036854775808 =? invalid int literal
        18446744073709551615u => 18446744073709551615u
        18446744073709551616u =? invalid uint literal
        0xFFu => 255u
        1.5e3 => 1500.0
        .5 => 0.5
        1e-2 => 0.01
        1.0E+2 => 100.0
        "a\tb" == 'a	b' => true
        '\x41\u0042\U00000043\103' => 'ABCC'
        '\"\'\`\?\\' => "\"'`?\\"
        r'a\n' == 'a\\n' => true
        R"\d" => '\\d'
        '''it's''' => "it's"
        """say "hi" """ => 'say "hi" '
        r'''\''' => '\\'
        b'abc' => b'\x61\x62\x63'
        b'\377' == b'\xff' => true
        b'ü' == b'\xc3\xbc' => true
        rb'\n' => b'\\n'
        b"""a"b""" => b'a"b'
        '\z' =? invalid escape sequence
        '\ud800' =? invalid escape sequence
        'abc =? token recognition error
        true && !false => true
        null => null
        null == null => true
        [1, 2, 3,] => [1, 2, 3]
        [] => []
        {} => {}
        {'a': 1, 'b': 2,}['b'] => 2
        {1: 'x', 2: 'y'}[2] => 'y'
        {true: 'x'}[true] => 'x'
        {1u: 'x'}[1u] => 'x'
        {'a': 1, 'a': 2} =! repeated key
        {1.5: 1} =! unsupported key type
        [1, 'a'] =? expected type 'int' but found 'string'
        {'a': 1, 'b': 'x'} =? expected type 'int' but found 'string'
        [1, dyn('a')].size() => 2
        1 // a comment => 1
        (1) => 1
        ((((((1)))))) => 1
        1 + =? mismatched input '<EOF>'
        1 1 =? unexpected '1'
        (1 =? mismatched input '<EOF>'
        [1 =? mismatched input '<EOF>'
        {1 =? mismatched input '<EOF>'
        a. =? mismatched input '<EOF>'
        1 ? 2 =? mismatched input '<EOF>'
        @ =? token recognition error at: '@'
        if =? reserved identifier: if
        namespace =? reserved identifier
        foo =? ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')
        foo(1) =? undeclared reference to 'foo'
        'a'.foo() =? undeclared reference to 'foo'
        .foo =? undeclared reference to 'foo'
        """#)

    static let arithmetic = Row.table(
        """
        1 + 2 * 3 => 7
        (1 + 2) * 3 => 9
        7 / 2 => 3
        -7 / 2 => -3
        -7 % 3 => -1
        7 % -3 => 1
        7u / 2u => 3u
        7u % 4u => 3u
        1.5 + 1.5 => 3.0
        1.0 / 0.0 > 1e308 => true
        0.0 / 0.0 == 0.0 / 0.0 => false
        0.0 / 0.0 != 0.0 / 0.0 => true
        10 - 3 - 2 => 5
        2 * 3 % 4 => 2
        - 5 => -5
        --5 => 5
        -(5) => -5
        !!true => true
        !true => false
        1 / 0 =! division by zero
        1u / 0u =! division by zero
        1 % 0 =! modulus by zero
        9223372036854775807 + 1 =! integer overflow
        -9223372036854775808 - 1 =! integer overflow
        9223372036854775807 * 2 =! integer overflow
        -9223372036854775808 / -1 =! integer overflow
        -(-9223372036854775808) =! integer overflow
        1u - 2u =! unsigned integer overflow
        18446744073709551615u + 1u =! unsigned integer overflow
        1 + 1u =? found no matching overload for '_+_' applied to '(int, uint)'
        1 + 1.0 =? found no matching overload for '_+_'
        1 + 'a' =? found no matching overload for '_+_' applied to '(int, string)'
        'a' - 'b' =? found no matching overload for '_-_'
        !1 =? found no matching overload for '!_' applied to '(int)'
        -'a' =? found no matching overload for '-_'
        dyn(1) + dyn('a') =! no such overload
        1.0 % 2.0 =? found no matching overload
        'ab' + 'cd' => 'abcd'
        b'a' + b'b' => b'ab'
        [1] + [2, 3] => [1, 2, 3]
        [] + [1] => [1]
        [1] + ['a'] =? found no matching overload
        """)

    static let comparison = Row.table(
        """
        1 == 1 => true
        1 != 1 => false
        1 == 1.0 =? found no matching overload for '_==_' applied to '(int, double)'
        dyn(1) == 1.0 => true
        dyn(1) == 1u => true
        dyn(1.5) == 1 => false
        dyn(9007199254740993) == 9007199254740992.0 => false
        dyn('1') == 1 => false
        dyn(null) == 1 => false
        1 < 2.5 => true
        2u > 1 => true
        1u <= 1.0 => true
        -1 < 1u => true
        18446744073709551615u > 9223372036854775807 => true
        18446744073709551615u > -1.0 => true
        9223372036854775807 < 9223372036854775808.0 => true
        1 < 0.0 / 0.0 =! NaN values cannot be ordered
        'a' < 'b' => true
        'Z' < 'a' => true
        'a' < 'aa' => true
        'é' > 'z' => true
        'e\\u0301' == 'é' => false
        b'a' < b'b' => true
        false < true => true
        true < false => false
        1 < 'a' =? found no matching overload for '_<_' applied to '(int, string)'
        dyn(1) < dyn('a') =! no such overload
        [1, 2] == [1, 2] => true
        [1, 2] == [2, 1] => false
        [[1]] == [[1]] => true
        {'a': 1} == {'a': 1} => true
        {'a': 1, 'b': 2} == {'b': 2, 'a': 1} => true
        {'a': 1} == {'a': 2} => false
        {'a': 1} != {'b': 1} => true
        dyn([1]) == [1.0] => true
        [1] < [2] =? found no matching overload
        1 in [1, 2] => true
        3 in [1, 2] => false
        dyn(1.0) in [1, 2] => true
        'a' in {'a': 1} => true
        'b' in {'a': 1} => false
        dyn(1u) in {1: 2} => true
        'a' in 'abc' =? found no matching overload for '@in' applied to '(string, string)'
        1 in ['a'] =? found no matching overload
        !(1 in [2]) => true
        1 == 1 == true => true
        1 < 2 == true => true
        'a' == null =? found no matching overload for '_==_' applied to '(string, null)'
        """)

    static let logic = Row.table(
        """
        true || 1/0 > 0 => true
        1/0 > 0 || true => true
        1/0 > 0 || false =! division by zero
        false || 1/0 > 0 =! division by zero
        false && 1/0 > 0 => false
        1/0 > 0 && false => false
        1/0 > 0 && true =! division by zero
        true && true && true => true
        true && false || true => true
        false || false || true => true
        true || 1 =? found no matching overload for '_||_' applied to '(bool, int)'
        'a' && true =? found no matching overload for '_&&_' applied to '(string, bool)'
        dyn(1) && true =! no such overload
        dyn(1) && false => false
        true ? 1 : 2 => 1
        false ? 1 : 2 => 2
        true ? 1 : 1/0 => 1
        1/0 > 0 ? 1 : 2 =! division by zero
        true ? 1 : 'a' =? found no matching overload for '_?_:_' applied to '(bool, int, string)'
        1 ? 2 : 3 =? found no matching overload for '_?_:_'
        true ? false ? 1 : 2 : 3 =? unexpected '?'
        true ? (false ? 1 : 2) : 3 => 2
        false ? 1 : true ? 2 : 3 => 2
        false || true ? 1 : 2 => 1
        """)

    @Test(arguments: literals + arithmetic + comparison + logic + access + macros + conversions)
    func gives(_ row: Row) throws { try row.check() }

    @Test func errorsShowTheirPlace() {
        let source = "true &&\n  foo.bar"
        do throws(Program.Errors) {
            _ = try Program(source, variables: [:])
            Issue.record("it compiled")
        } catch {
            #expect(
                error.description
                    == "ERROR: <input>:2:3: undeclared reference to 'foo' (in container '')\n |   foo.bar\n | ..^")
        }
    }

    @Test func depthAndSizeAreBounded() throws {
        let deep = String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)
        #expect(throws: Program.Errors.self) { try Program(deep, variables: [:]) }
        let chain = Array(repeating: "1", count: 5000).joined(separator: " + ")
        #expect(throws: Program.Errors.self) { try Program(chain, variables: [:]) }
        let selections = "{}" + String(repeating: ".a", count: 5000)
        #expect(throws: Program.Errors.self) { try Program(selections, variables: [:]) }
        let lists = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(throws: Program.Errors.self) { try Program(lists, variables: [:]) }
        let conditions = String(repeating: "true ? 1 : ", count: 500) + "2"
        #expect(throws: Program.Errors.self) { try Program(conditions, variables: [:]) }
        let long = "'" + String(repeating: "x", count: 100_001) + "'"
        #expect(throws: Program.Errors.self) { try Program(long, variables: [:]) }
        let wide = Array(repeating: "false", count: 2000).joined(separator: " || ") + " || true"
        #expect(try Program(wide, variables: [:]).evaluate([:]).result.get() == .bool(true))
        let nested = String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100)
        #expect(try Program(nested, variables: [:]).evaluate([:]).result.get() == .int(1))
    }
}
