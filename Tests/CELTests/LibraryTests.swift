import Testing

@testable import CEL

/// The functions: the standard ones and Kubernetes' extensions.
@Suite struct LibraryTests {
    static let strings = Row.table(
        #"""
        'hello'.contains('ell') => true
        'hello'.contains('') => true
        'hello'.contains('x') => false
        'hello'.startsWith('he') => true
        'hello'.startsWith('lo') => false
        'hello'.endsWith('lo') => true
        'hello'.endsWith('he') => false
        'hello'.endsWith('') => true
        'hello'.matches('l+') => true
        'hello'.matches('^l+$') => false
        matches('hello', 'h.*o') => true
        'a'.matches('(') =? error parsing regexp: missing closing ): `(`
        'a'.matches(dyn('(')) =! error parsing regexp: missing closing ): `(`
        'hello'.charAt(1) => 'e'
        'hello'.charAt(5) => ''
        'hello'.charAt(6) =! index out of range: 6
        'hello'.charAt(-1) =! index out of range: -1
        'héllo'.charAt(1) => 'é'
        'hello mellow'.indexOf('') => 0
        'hello mellow'.indexOf('ello') => 1
        'hello mellow'.indexOf('jello') => -1
        'hello mellow'.indexOf('ello', 2) => 7
        'hello mellow'.indexOf('ello', 20) =! index out of range: 20
        'hello mellow'.lastIndexOf('') => 12
        'hello mellow'.lastIndexOf('ello') => 7
        'hello mellow'.lastIndexOf('jello') => -1
        'hello mellow'.lastIndexOf('ello', 6) => 1
        'aaa'.lastIndexOf('aa') => 1
        'aaa'.lastIndexOf('aa', 0) => 0
        'aabaab'.indexOf('ab', 2) => 4
        'aaaa'.split('aa').size() => 3
        'abc'.lastIndexOf('', 1) => 1
        'TacoCÆt'.lowerAscii() => 'tacocÆt'
        'tacoÆ'.upperAscii() => 'TACOÆ'
        'hello hello'.replace('he', 'we') => 'wello wello'
        'hello hello'.replace('he', 'we', 1) => 'wello hello'
        'hello hello'.replace('he', 'we', 0) => 'hello hello'
        'hello hello'.replace('he', 'we', -1) => 'wello wello'
        'hello'.replace('', '_') => '_h_e_l_l_o_'
        'hello'.replace('', '_', 2) => '_h_ello'
        'hello hello hello'.split(' ') => ['hello', 'hello', 'hello']
        'hello hello hello'.split(' ', 0) == dyn([]) => true
        'hello hello hello'.split(' ', 1) => ['hello hello hello']
        'hello hello hello'.split(' ', 2) => ['hello', 'hello hello']
        'hello hello hello'.split(' ', -1) => ['hello', 'hello', 'hello']
        'abc'.split('') => ['a', 'b', 'c']
        'abc'.split('', 2) => ['a', 'bc']
        'a,,b'.split(',') => ['a', '', 'b']
        ['hello', 'mellow'].join() => 'hellomellow'
        ['hello', 'mellow'].join(' ') => 'hello mellow'
        [].join('/') => ''
        [1].join() =? found no matching overload for 'join'
        'tacocat'.substring(4) => 'cat'
        'tacocat'.substring(0, 4) => 'taco'
        'tacocat'.substring(-1) =! index out of range: -1
        'tacocat'.substring(2, 1) =! invalid substring range. start: 2, end: 1
        'tacocat'.substring(7) => ''
        'tacocat'.substring(8) =! index out of range: 8
        '  \ttrim\n    '.trim() => 'trim'
        '   '.trim() => ''
        'gums'.reverse() => 'smug'
        ''.reverse() => ''
        strings.quote('a"b\n') => '"a\\"b\\n"'
        '%s is %d'.format(['a', 1]) => 'a is 1'
        '100%%'.format([]) => '100%'
        '%s'.format([[1, 2]]) => '[1, 2]'
        '%s'.format([{'a': 1}]) => '{a: 1}'
        '%s'.format([null]) => 'null'
        '%.2f'.format([3.14159]) => '3.14'
        '%.3f'.format([1.0]) => '1.000'
        '%e'.format([1234.5]) => '1.234500e+03'
        '%b'.format([5]) => '101'
        '%o'.format([8]) => '10'
        '%x'.format([255]) => 'ff'
        '%X'.format([255]) => 'FF'
        '%x'.format(['hi']) => '6869'
        '%d'.format(['a']) =! could not format
        '%s %s'.format(['a']) =! index 1 out of range
        '%'.format([1]) =! unexpected end of string
        '%.999999f'.format([1.0]) =! precision
        'abc 123 def 45'.find('[0-9]+') => '123'
        'abc'.find('[0-9]+') => ''
        '123 abc 456'.findAll('[0-9]+') => ['123', '456']
        '123 abc 456'.findAll('[0-9]+', 1) => ['123']
        '123 abc 456'.findAll('[0-9]+', 0) == dyn([]) => true
        '123 abc 456'.findAll('x') == dyn([]) => true
        'abab'.find('a.*?b') => 'ab'
        'abab'.find('a.*b') => 'abab'
        """#)

    static let lists = Row.table(
        """
        [1, 2, 3].isSorted() => true
        [2, 1].isSorted() => false
        ['a', 'b', 'b'].isSorted() => true
        [].isSorted() => true
        [[1]].isSorted() =? found no matching overload for 'isSorted'
        [1, 3].sum() => 4
        [1.5, 1.5].sum() => 3.0
        [1u, 2u].sum() => 3u
        [duration('1m'), duration('1s')].sum() => duration('61s')
        [dyn(1)].filter(x, false).sum() => 0
        ['a'].sum() =? found no matching overload for 'sum'
        [9223372036854775807, 1].sum() =! integer overflow
        [1, 3, 2].min() => 1
        [1, 3, 2].max() => 3
        ['b', 'a'].min() => 'a'
        [1].filter(x, false).min() =! min called on empty list
        [1].filter(x, false).max() =! max called on empty list
        [1, 2, 2, 3].indexOf(2) => 1
        [1, 2, 2, 3].lastIndexOf(2) => 2
        [1, 2].indexOf(9) => -1
        ['a', 'b'].indexOf('b') => 1
        sets.contains([1, 2], [1]) => true
        sets.contains([1], [1, 2]) => false
        sets.contains([1, 2], []) => true
        sets.equivalent([1, 2, 2], [2, 1]) => true
        sets.equivalent([1], [2]) => false
        sets.intersects([1, 2], [2, 3]) => true
        sets.intersects([1], []) => false
        sets.contains([1], ['a']) =? found no matching overload for 'sets.contains'
        sets.intersects([[1], [2]], [[2]]) => true
        """)

    static let times = Row.table(
        """
        timestamp('2020-02-29T23:59:59.123Z').getFullYear() => 2020
        timestamp('2020-02-29T23:59:59.123Z').getMonth() => 1
        timestamp('2020-02-29T23:59:59.123Z').getDate() => 29
        timestamp('2020-02-29T23:59:59.123Z').getDayOfMonth() => 28
        timestamp('2020-02-29T23:59:59.123Z').getDayOfYear() => 59
        timestamp('2020-02-29T23:59:59.123Z').getDayOfWeek() => 6
        timestamp('2020-02-29T23:59:59.123Z').getHours() => 23
        timestamp('2020-02-29T23:59:59.123Z').getMinutes() => 59
        timestamp('2020-02-29T23:59:59.123Z').getSeconds() => 59
        timestamp('2020-02-29T23:59:59.123Z').getMilliseconds() => 123
        timestamp('2020-02-29T23:59:59.123Z').getHours('+02:00') => 1
        timestamp('2020-02-29T23:59:59.123Z').getDate('+02:00') => 1
        timestamp('2020-02-29T23:59:59.123Z').getHours('UTC') => 23
        timestamp('2020-01-01T00:00:00Z').getFullYear('-01:00') => 2019
        timestamp('2020-01-01T00:00:00Z').getHours('Mars/Base') =! unknown time zone Mars/Base
        timestamp('1969-12-31T23:59:59Z').getSeconds() => 59
        timestamp(0) => timestamp('1970-01-01T00:00:00Z')
        timestamp('2021-02-29T00:00:00Z') =? invalid timestamp argument
        timestamp(dyn('x')) =! type conversion error
        timestamp('2020-01-01') =? invalid timestamp argument
        timestamp('2020-01-01T00:00:00Z') + duration('1h') => timestamp('2020-01-01T01:00:00Z')
        duration('1h') + timestamp('2020-01-01T00:00:00Z') => timestamp('2020-01-01T01:00:00Z')
        timestamp('2020-01-01T00:00:00Z') - duration('1s') => timestamp('2019-12-31T23:59:59Z')
        timestamp('2020-01-02T00:00:00Z') - timestamp('2020-01-01T00:00:00Z') => duration('24h')
        timestamp('9999-12-31T23:59:59Z') + duration('1s') =! timestamp overflow
        timestamp('0001-01-01T00:00:00Z') - duration('1s') =! timestamp overflow
        timestamp('2020-01-01T00:00:00Z') < timestamp('2020-01-01T00:00:01Z') => true
        timestamp('2020-01-01T01:00:00+01:00') == timestamp('2020-01-01T00:00:00Z') => true
        duration('1h30m').getMinutes() => 90
        duration('1h30m').getHours() => 1
        duration('90s').getSeconds() => 90
        duration('1.5s').getMilliseconds() => 1500
        duration('-1.5h') < duration('0') => true
        duration('1m') == duration('60s') => true
        duration('1m') + duration('1s') => duration('61s')
        duration('1m') - duration('1s') => duration('59s')
        duration('1us') == duration('1000ns') => true
        duration('1') =? invalid duration argument
        duration('1d') =? invalid duration argument
        duration('') =? invalid duration argument
        duration('2562047h') + duration('2562047h') =! duration overflow
        """)

    static let kubernetes = Row.table(
        """
        quantity('1Gi').isGreaterThan(quantity('1G')) => true
        quantity('1000m').compareTo(quantity('1')) => 0
        quantity('500m').isLessThan(quantity('1')) => true
        quantity('1.5').isInteger() => false
        quantity('2k').asInteger() => 2000
        quantity('1.5').asInteger() =! cannot convert value to integer
        quantity('1.5').asApproximateFloat() => 1.5
        quantity('-3').sign() => -1
        quantity('0').sign() => 0
        quantity('50k').add(quantity('20k')) == quantity('70k') => true
        quantity('50k').add(20) == quantity('50020') => true
        quantity('50k').sub(quantity('20k')) == quantity('30k') => true
        quantity('50k').sub(20000) == quantity('30k') => true
        quantity('1e3') == quantity('1k') => true
        quantity('1E') == quantity('1000P') => true
        quantity('100n').isLessThan(quantity('1u')) => true
        quantity('0.1n') == quantity('1n') => true
        quantity('1Ki').asInteger() => 1024
        quantity('9223372036854775807').asInteger() => 9223372036854775807
        quantity('0.000001Ki') == quantity('1024u') => true
        quantity('x') =! quantities must match the regular expression
        isQuantity('1Gi') => true
        isQuantity('1.5Mi') => true
        isQuantity('Mi') => false
        isQuantity('1 Gi') => false
        isQuantity('1e') => false
        isQuantity('200K') => false
        isQuantity('') => false
        isQuantity('.') => false
        isQuantity('.5') => true
        isQuantity('5.') => true
        isQuantity('+1') => true
        isQuantity(1) =? found no matching overload for 'isQuantity'
        isURL('https://example.com:80/a?b=c') => true
        isURL('/absolute') => true
        isURL('relative/path') => false
        isURL('https://a b') => false
        isURL('https://example.com/%zz') => false
        isURL('') => false
        url('https://example.com:80/path with').getHost() =! URL parse error
        url('https://example.com:80/a/b?x=1').getScheme() => 'https'
        url('https://example.com:80/').getHost() => 'example.com:80'
        url('https://example.com:80/').getHostname() => 'example.com'
        url('https://example.com:80/').getPort() => '80'
        url('https://example.com/').getPort() => ''
        url('https://[::1]:80/').getHost() => '[::1]:80'
        url('https://[::1]:80/').getHostname() => '::1'
        url('https://u:p@example.com/').getHost() => 'example.com'
        url('/a/b').getScheme() => ''
        url('https://example.com/a%20b').getEscapedPath() => '/a%20b'
        url('https://example.com/?k=v&k=w&x=%20y').getQuery() => {'k': ['v', 'w'], 'x': [' y']}
        isIP('127.0.0.1') => true
        isIP('::1') => true
        isIP('2001:db8::abcd') => true
        isIP('127.0.0.256') => false
        isIP('127.0.0.01') => false
        isIP('1::2::3') => false
        isIP('fe80::1%eth0') => false
        isIP('::ffff:1.2.3.4') => false
        ip('127.0.0.1').family() => 4
        ip('::1').family() => 6
        ip('127.0.0.1').isLoopback() => true
        ip('::1').isLoopback() => true
        ip('0.0.0.0').isUnspecified() => true
        ip('169.254.1.1').isLinkLocalUnicast() => true
        ip('fe80::1').isLinkLocalUnicast() => true
        ip('224.0.0.1').isLinkLocalMulticast() => true
        ip('ff02::1').isLinkLocalMulticast() => true
        ip('8.8.8.8').isGlobalUnicast() => true
        ip('255.255.255.255').isGlobalUnicast() => false
        ip('1.2.3') =! parse error
        ip.isCanonical('2001:db8::abcd') => true
        ip.isCanonical('2001:DB8::ABCD') => false
        ip.isCanonical('2001:db8:0:0:0:0:0:abcd') => false
        string(ip('2001:db8:0:0::1')) => '2001:db8::1'
        ip('::1') == ip('0:0:0:0:0:0:0:1') => true
        isCIDR('10.0.0.0/8') => true
        isCIDR('10.0.0.0/33') => false
        isCIDR('10.0.0.0') => false
        isCIDR('10.0.0.0/08') => false
        isCIDR('::/0') => true
        cidr('192.168.0.0/24').containsIP('192.168.0.1') => true
        cidr('192.168.0.0/24').containsIP(ip('192.168.1.1')) => false
        cidr('192.168.0.0/24').containsIP('::1') => false
        cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') => true
        cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.0/16')) => false
        cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24') => true
        cidr('192.168.1.5/24').prefixLength() => 24
        cidr('192.168.1.5/24').ip() == ip('192.168.1.5') => true
        string(cidr('10.0.0.0/8')) => '10.0.0.0/8'
        cidr('x') =! parse error
        format.named('dns1123Label').value().validate('ok') == optional.none() => true
        format.named('dns1123Label').value().validate('Not ok').hasValue() => true
        format.named('nothing').hasValue() => false
        format.dns1123Subdomain().validate('a.b').hasValue() => false
        format.dns1035Label().validate('1a').hasValue() => true
        format.qualifiedName().validate('example.com/a_b').hasValue() => false
        format.labelValue().validate('-').hasValue() => true
        format.uuid().validate('x').hasValue() => true
        format.date().validate('2020-02-30').hasValue() => true
        """)

    @Test(arguments: strings + lists + times + kubernetes)
    func gives(_ row: Row) throws { try row.check() }

    @Test func everyDeclaredFunctionIsCarriedOut() {
        let lazy: Set = ["or", "orValue"]
        let missing = Set(Library.declarations.keys).subtracting(Library.functions.keys).subtracting(lazy)
        #expect(missing == [])
        #expect(Set(Library.functions.keys).subtracting(Library.declarations.keys) == [])
    }
}
