import Testing

@testable import Planning

@Suite struct EndpointChoiceTests {
    static let samples: [UInt64] = [0, 1, .max, 0x8000_0000, 0xffff_ffff, 0xffff_ffff_0000_0000, 0x1234_5678_9abc_def0]

    @Test func nothingToChoose() {
        #expect(EndpointChoice.leastInFlight(of: 0, random: 5) { _ in 0 } == .noneReady)
        #expect(EndpointChoice.leastInFlight(of: 1, excluding: 0, random: 5) { _ in 0 } == .noneReady)
    }

    @Test(arguments: samples)
    func ofTwoTheLessBusyOne(random: UInt64) {
        #expect(EndpointChoice.leastInFlight(of: 2, random: random) { [3, 2][$0] } == .endpoint(1))
        #expect(EndpointChoice.leastInFlight(of: 2, random: random) { [2, 3][$0] } == .endpoint(0))
    }

    @Test(arguments: samples)
    func theExcludedOneIsNeverChosen(random: UInt64) {
        for excluded in 0..<3 {
            let choice = EndpointChoice.leastInFlight(of: 3, excluding: excluded, random: random) { _ in 0 }
            #expect(choice != .endpoint(excluded) && choice != .noneReady)
        }
    }

    @Test func equalOnesShareEvenly() {
        var generator = SystemRandomNumberGenerator()
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 {
            if case .endpoint(let index) = EndpointChoice.leastInFlight(
                of: 5, random: generator.next(), inFlight: { _ in 0 })
            {
                counts[index] += 1
            }
        }
        // 2,000 each; eight standard deviations either way.
        #expect(counts.allSatisfy { (1_680...2_320).contains($0) }, "\(counts)")
    }

    @Test func theBusiestOfManyIsNeverChosen() {
        for random in Self.samples {
            #expect(EndpointChoice.leastInFlight(of: 4, random: random) { $0 == 2 ? 9 : 1 } != .endpoint(2))
        }
    }
}
