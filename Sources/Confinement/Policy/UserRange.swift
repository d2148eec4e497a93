/// The user ids that the sandboxes of one pod may have.
///
/// Two pods of one machine never share a loopback address, not even when two Nests run side by side, so the address
/// names the range: pod `127.1.x.y` has the 4,096 ids from `0x2000_0000 + (x * 256 + y) * 4096`. All ranges lie in
/// `0x2000_0000 ... 0x2FFF_FFFF`, which no distribution gives to people or services. Group ids are the same numbers.
public struct UserRange: Sendable, Hashable {
    /// Ids in one range.
    public static let count: UInt32 = 4096
    private static let first: UInt32 = 0x2000_0000

    /// The first id of the range.
    public let base: UInt32

    /// The range of the pod at `podAddress`; nil when that is no `127.1.x.y` in plain decimal.
    public init?(podAddress: String) {
        let parts = podAddress.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
        guard parts.count == 4, bytes.count == 4, bytes[0] == 127, bytes[1] == 1 else { return nil }
        let index = UInt32(bytes[2]) * 256 + UInt32(bytes[3])
        base = Self.first + index * Self.count
    }

    /// The user of the sandbox in `slot`; nil when the slot is not in `0 ..< count`.
    public func user(slot: Int) -> JailPolicy.User? {
        guard (0..<Int(Self.count)).contains(slot) else { return nil }
        let id = base + UInt32(slot)
        return JailPolicy.User(uid: id, gid: id)
    }

    /// Whether `uid` is one of this range.
    public func contains(_ uid: UInt32) -> Bool { uid >= base && uid - base < Self.count }
}
