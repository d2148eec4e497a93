extension LanguageTests {
    static let access = Row.table(
        #"""
        {'a': {'b': 1}}.a.b => 1
        {'a': 1}.b =! no such key: b
        {'a': 1}['b'] =! no such key: b
        has({'a': 1}.a) => true
        has({'a': 1}.b) => false
        has({'a': {}}.a.b) => false
        has({'a': 1}) =? invalid argument to has() macro
        has({'a': 1}['a']) =? invalid argument to has() macro
        [1, 2, 3][0] => 1
        [1, 2, 3][2] => 3
        [1][1] =! index out of bounds: 1
        [1][-1] =! index out of bounds: -1
        [1]['a'] =? found no matching overload for '_[_]' applied to '(list(int), string)'
        [1][dyn(0.0)] => 1
        [1][dyn(0u)] => 1
        [1][dyn('a')] =! no such overload
        {'a': 1}[1] =? found no matching overload for '_[_]'
        1.a =? type 'int' does not support field selection
        'a'.b =? type 'string' does not support field selection
        'abc'[0] =? found no matching overload for '_[_]' applied to '(string, int)'
        {'a': 1}.?a.value() => 1
        {'a': 1}.?b.hasValue() => false
        {'a': 1}.?b.orValue(5) => 5
        {'a': {'b': 1}}.?a.b.value() => 1
        {'a': {'b': 1}}.?a.?c.hasValue() => false
        {'a': {'b': 1}}.?x.?b.orValue(2) => 2
        {'a': {'b': 1}}.?x.b.orValue(3) => 3
        {'a': 1}[?'a'].value() => 1
        {'a': 1}[?'b'].orValue(7) => 7
        [1, 2][?1].value() => 2
        [1, 2][?5].hasValue() => false
        [?optional.of(1), ?optional.none(), 3] => [1, 3]
        {?'a': optional.of(1), ?'b': optional.none()} => {'a': 1}
        optional.of(1).value() => 1
        optional.none().value() =! optional.none() dereference
        optional.none().orValue(1) => 1
        optional.of(1).orValue(1/0) => 1
        optional.none().or(optional.of(2)).value() => 2
        optional.of(1).or(optional.of(2)).value() => 1
        optional.ofNonZeroValue(0).hasValue() => false
        optional.ofNonZeroValue('').hasValue() => false
        optional.ofNonZeroValue('a').value() => 'a'
        optional.of(2).optMap(x, x * 2).value() => 4
        optional.none().optMap(x, x).hasValue() => false
        optional.of(2).optFlatMap(x, optional.of(x + 1)).value() => 3
        optional.of(1) == optional.of(1) => true
        optional.of(1) == optional.none() => false
        optional.none() == optional.none() => true
        [?1] =? expected type 'optional_type(int)' but found 'int'
        """#)

    static let macros = Row.table(
        """
        [1, 2, 3].all(x, x > 0) => true
        [1, 2, 3].all(x, x > 1) => false
        [].all(x, x > 0) => true
        [1, 2, 3].exists(x, x == 2) => true
        [].exists(x, true) => false
        [1, 2, 2].exists_one(x, x == 2) => false
        [1, 2, 3].exists_one(x, x == 2) => true
        [1, 2, 3].existsOne(x, x > 5) => false
        [1, 2, 3].map(x, x * 2) => [2, 4, 6]
        [1, 2, 3].map(x, x > 1, x * 2) => [4, 6]
        [1, 2, 3].filter(x, x != 2) => [1, 3]
        {'a': 1, 'b': 2}.all(k, k < 'c') => true
        {'a': 1, 'b': 2}.exists(k, k == 'b') => true
        {'a': 1, 'b': 2}.map(k, k + k) => ['aa', 'bb']
        {'a': 1, 'b': 2}.filter(k, k == 'a') => ['a']
        [1, 0].all(x, 1/x > 5) => false
        [0, 1].all(x, 1/x > 5) => false
        [0, 1].all(x, 1/x > 0) =! division by zero
        [0, 1].exists(x, 1/x == 1) => true
        [0, 1].exists(x, 1/x == 2) =! division by zero
        [0, 1].exists_one(x, 1/x == 1) =! division by zero
        [0].map(x, 1/x) =! division by zero
        [1, 2].all(x, [3].all(y, x < y)) => true
        [[1, 2], [3]].map(l, l.map(x, x + 1)) => [[2, 3], [4]]
        [1, 2].map(x, [x].map(x, x * 10)) => [[10], [20]]
        [1].all(x, x) =? expected type 'bool' but found 'int'
        1.all(x, true) =? expression of type 'int' cannot be range of a comprehension
        'a'.all(x, true) =? cannot be range of a comprehension
        [1].all(1, true) =? argument must be a simple name
        [1].all(x.y, true) =? argument must be a simple name
        [1].all(x, y > 0) =? undeclared reference to 'y'
        dyn([1]).all(x, x > 0) => true
        dyn(1).all(x, x > 0) =! no such overload
        [dyn(1)].all(x, x == 1) => true
        """)

    static let conversions = Row.table(
        """
        int('42') => 42
        int('-42') => -42
        int('x') =! type conversion error
        int(3.9) => 3
        int(-3.9) => -3
        int(1e19) =! integer overflow
        int(5u) => 5
        int(18446744073709551615u) =! integer overflow
        int(timestamp('1970-01-01T00:01:00Z')) => 60
        uint(5) => 5u
        uint(-1) =! unsigned integer overflow
        uint('7') => 7u
        uint(7.9) => 7u
        uint(-0.5) =! unsigned integer overflow
        double(3) => 3.0
        double('1.5') => 1.5
        double('x') =! type conversion error
        double(2u) => 2.0
        string(1) => '1'
        string(-1) => '-1'
        string(1u) => '1'
        string(1.5) => '1.5'
        string(2.0) => '2'
        string(true) => 'true'
        string('a') => 'a'
        string(b'abc') => 'abc'
        string(b'\\xff') =! invalid UTF-8
        string(duration('90s')) => '90s'
        string(duration('1.5s')) => '1.5s'
        string(timestamp('2020-01-02T03:04:05Z')) => '2020-01-02T03:04:05Z'
        string(timestamp('2020-01-02T03:04:05.5+01:00')) => '2020-01-02T02:04:05.5Z'
        string([1]) =? found no matching overload for 'string' applied to '(list(int))'
        bytes('abc') => b'abc'
        bool('true') => true
        bool('False') => false
        bool('yes') =! type conversion error
        bool(1) =? found no matching overload
        type(1) == int => true
        type('a') == string => true
        type(1) == type(2) => true
        type(1u) == uint => true
        type([1]) == list => true
        type({}) == map => true
        type(null) == null_type => true
        type(type(1)) == type => true
        type(1) == string => false
        type(duration('1s')) == google.protobuf.Duration => true
        type(timestamp(0)) == google.protobuf.Timestamp => true
        dyn(1) => 1
        size('abc') => 3
        size('äöü') => 3
        'äöü'.size() => 3
        size('👍🏽') => 2
        size(b'ab') => 2
        size([1, 2]) => 2
        size({'a': 1}) => 1
        [].size() => 0
        size(1) =? found no matching overload for 'size' applied to '(int)'
        size('a', 'b') =? found no matching overload for 'size' applied to '(string, string)'
        size() =? found no matching overload for 'size' applied to '()'
        'a'.size(1) =? found no matching overload for 'size' applied to 'string.(int)'
        """)
}
