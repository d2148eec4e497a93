import Testing

@testable import KubeServer

@Suite struct HumanDurationTests {
    @Test(arguments: [
        (Int64(0), "0s"), (38, "38s"), (119, "119s"), (120, "2m"), (303, "5m3s"), (600, "10m"), (10_799, "179m"),
        (10_800, "3h"), (12_000, "3h20m"), (28_800, "8h"), (172_800, "2d"), (187_200, "2d4h"), (691_200, "8d"),
        (63_072_000, "2y"), (64_108_800, "2y12d"), (252_288_000, "8y"), (-5, "<invalid>"),
    ])
    func reads(seconds: Int64, text: String) { #expect(HumanDuration.text(seconds: seconds) == text) }
}
