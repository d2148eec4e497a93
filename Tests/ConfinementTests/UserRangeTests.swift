import Testing

@testable import Confinement

@Suite struct UserRangeTests {
    @Test(
        arguments: [
            ("127.1.0.0", 0x2000_0000), ("127.1.0.1", 0x2000_1000), ("127.1.1.0", 0x2010_0000),
            ("127.1.255.255", 0x2FFF_F000),
        ] as [(String, UInt32)]) func theAddressNamesTheRange(address: String, base: UInt32)
    {
        #expect(UserRange(podAddress: address)?.base == base)
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.0.1", "127.1.0", "127.1.0.256", "127.1.0.01", "127.1.0.+1", "127.1.0.1.", "", "::1",
    ])
    func otherAddressesHaveNone(address: String) { #expect(UserRange(podAddress: address) == nil) }

    @Test func rangesDoNotOverlapAndSlotsStayInside() throws {
        let range = try #require(UserRange(podAddress: "127.1.2.3"))
        let next = try #require(UserRange(podAddress: "127.1.2.4"))
        #expect(range.user(slot: 0) == JailPolicy.User(uid: range.base, gid: range.base))
        #expect(range.user(slot: 4095)?.uid == next.base - 1)
        #expect(range.user(slot: 4096) == nil)
        #expect(range.user(slot: -1) == nil)
        #expect(range.contains(range.base) && range.contains(next.base - 1))
        #expect(!range.contains(next.base) && !range.contains(range.base - 1))
    }
}
