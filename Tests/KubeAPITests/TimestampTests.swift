import KubeAPI
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59Z", 1_709_251_199_000_000),
            ("2026-11-22T21:33:18.5Z", 1_795_383_198_500_000),
            ("2026-11-22T23:33:18.123456+02:00", 1_795_383_198_123_456),
            ("1969-12-31T23:59:59.25Z", -750_000), ("2000-01-01t00:00:00z", 946_684_800_000_000),
            ("2026-11-22T21:33:18.123456789Z", 1_795_383_198_123_456),
        ] as [(String, Int64)])
    func reads(_ text: String, _ microseconds: Int64) throws {
        #expect(try #require(Timestamp(text)).microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+0200",
        "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00.", "20x4-01-01T00:00:00Z",
    ])
    func refuses(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        "1970-01-01T00:00:00Z", "2024-02-29T12:00:00Z", "2100-03-01T00:00:00.000001Z", "1969-12-31T23:59:59.250000Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    ])
    func writesWhatItRead(_ text: String) throws {
        #expect(try #require(Timestamp(text)).description == text)
    }

    @Test func wholeSecondsRoundDown() throws {
        #expect(try #require(Timestamp("1969-12-31T23:59:59.25Z")).wholeSeconds.description == "1969-12-31T23:59:59Z")
        #expect(Timestamp(seconds: 5).adding(seconds: 1.5).seconds(since: Timestamp(seconds: 4)) == 2.5)
    }
}
