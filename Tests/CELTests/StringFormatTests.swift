import Testing

@testable import CEL

/// The formats that schemas name (kube-openapi `strfmt`).
@Suite struct StringFormatTests {
    @Test(
        arguments: [
            ("date-time", "2020-01-02T03:04:05Z", true), ("date-time", "2020-01-02T03:04:05.123456+01:00", true),
            ("date-time", "2020-01-02 03:04:05Z", true), ("date-time", "2020-01-02", false),
            ("date-time", "2020-13-02T03:04:05Z", false), ("date-time", "2020-02-30T03:04:05Z", false),
            ("date-time", "2020-01-02T25:04:05Z", false), ("date-time", "2020-01-02T03:04:05", false),
            ("date", "2020-02-29", true), ("date", "2021-02-29", false), ("date", "2020-2-9", false),
            ("duration", "1h30m", true), ("duration", "3 days", true), ("duration", "2 weeks", true),
            ("duration", "1d", true),
            ("duration", "x", false), ("duration", "1 parsec", false), ("duration", "", false),
            ("byte", "aGVsbG8=", true), ("byte", "", true), ("byte", "aGVsbG8", false), ("byte", "a*==", false),
            ("byte", "YQ==", true), ("byte", "Y===", false),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", true), ("uuid", "123e4567e89b12d3a456426614174000", true),
            ("uuid", "123e4567-e89b-12d3-a456-42661417400", false),
            ("uuid", "g23e4567-e89b-12d3-a456-426614174000", false),
            ("uuid3", "bcd02e22-68f0-3046-a512-327cca9def8f", true),
            ("uuid3", "bcd02e22-68f0-4046-a512-327cca9def8f", false),
            ("uuid4", "025b0d74-00a2-4048-bf57-227c5111bb34", true),
            ("uuid4", "025b0d74-00a2-4048-0f57-227c5111bb34", false),
            ("uuid5", "886313e1-3b8a-5372-9b90-0c9aee199e5d", true),
            ("uuid5", "886313e1-3b8a-4372-9b90-0c9aee199e5d", false),
            ("ipv4", "1.2.3.4", true), ("ipv4", "1.2.3", false), ("ipv4", "1.2.3.256", false),
            ("ipv4", "01.2.3.4", false),
            ("ipv4", "::1", false), ("ipv6", "::1", true), ("ipv6", "2001:db8::1", true),
            ("ipv6", "::ffff:1.2.3.4", true),
            ("ipv6", "1.2.3.4", false), ("ipv6", "12345::", false), ("ipv6", "1:2:3:4:5:6:7:8:9", false),
            ("ipv6", "1:2:3:4:5:6:7::", true), ("ipv6", "1:2:3:4:5:6:7:8::", false), ("ipv6", ":1:2:3:4:5:6:7", false),
            ("cidr", "10.0.0.0/8", true), ("cidr", "10.0.0.0", false), ("cidr", "10.0.0.0/33", false),
            ("cidr", "::/128", true),
            ("mac", "01:23:45:67:89:ab", true), ("mac", "01-23-45-67-89-AB", true), ("mac", "0123.4567.89ab", true),
            ("mac", "01:23:45:67:89", false), ("mac", "01:23:45:67:89:zz", false), ("mac", "x", false),
            ("hostname", "example.com", true), ("hostname", "a-b.example.com.", true), ("hostname", "-a.com", false),
            ("hostname", "a..b", false), ("hostname", "", false), ("hostname", "a b", false),
            ("email", "a@b.com", true), ("email", "A B <a@b.com>", true), ("email", "a", false), ("email", "a@", false),
            ("email", "a b@c.com", false), ("email", "@b.com", false), ("email", "\"a b\"@c.com", true),
            ("uri", "https://example.com/a?b=c#d", true), ("uri", "/a/b", true), ("uri", "a/b", false),
            ("uri", "", false),
            ("uri", "http://a b", false), ("uri", "http://a:b/", false),
            ("bsonobjectid", "507f1f77bcf86cd799439011", true), ("bsonobjectid", "507f1f77bcf86cd79943901", false),
            ("isbn", "0-306-40615-2", true), ("isbn", "978-0-306-40615-7", true), ("isbn", "978-0-306-40615-8", false),
            ("isbn10", "080442957X", true), ("isbn10", "0804429570", false), ("isbn13", "9780306406157", true),
            ("isbn13", "0306406152", false), ("creditcard", "4111-1111-1111-1111", true),
            ("creditcard", "4111111111111112", false), ("creditcard", "1", false), ("ssn", "111-22-3333", true),
            ("ssn", "111 22 333", false), ("hexcolor", "#ff00AA", true), ("hexcolor", "fff", true),
            ("hexcolor", "#ffff", false),
            ("rgbcolor", "rgb(1, 22,255)", true), ("rgbcolor", "rgb(256,0,0)", false), ("password", "anything", true),
            ("binary", "anything", true), ("unknown", "anything", true),
        ] as [(String, String, Bool)])
    func accepts(format: String, text: String, isAccepted: Bool) {
        #expect(StringFormat.accepts(text, format: format) == isAccepted)
    }

    @Test(
        arguments: [
            ("1", 1_000_000_000), ("1m", 1_000_000), ("1.5", 1_500_000_000), ("1n", 1), ("0.5n", 1), ("-0.5n", -1),
            ("1Ki", 1_024_000_000_000), ("0.5Ki", 512_000_000_000), ("1e3", 1_000_000_000_000), ("1E-3", 1_000_000),
            ("000001", 1_000_000_000), ("1.0000000001", 1_000_000_001), ("", nil), ("1 ", nil), ("1KiB", nil),
            ("--1", nil),
            ("1e1.5", nil), ("e3", nil),
        ] as [(String, Int64?)])
    func quantitiesAreExact(text: String, nanos: Int64?) {
        #expect(ExactQuantity(text)?.nanos == nanos.map { Int128($0) })
    }

    @Test func hugeQuantitiesAreCut() {
        let most = ExactQuantity("9223372036854775807")
        for text in ["1e30", "99999999999999999999", "16Ei", "1" + String(repeating: "0", count: 400)] {
            #expect(ExactQuantity(text) == most, "\(text)")
        }
        #expect(ExactQuantity("-16Ei")?.nanos == most.map { -$0.nanos })
        #expect(ExactQuantity("0." + String(repeating: "0", count: 300) + "1")?.nanos == 1)
    }
}
