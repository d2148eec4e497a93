/// An IPv4 or IPv6 address, read as strictly as Kubernetes' IP library reads it: no zones, no IPv4 inside IPv6, no
/// leading zeros.
public struct IPAddress: Sendable, Hashable {
    /// 4 or 16.
    let bytes: [UInt8]

    var family: Int { bytes.count == 4 ? 4 : 6 }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// nil when the text is no address.
    public init?(_ text: String) {
        if let four = Self.four(text[...]) {
            bytes = four
        } else if let six = Self.six(text), !(six.prefix(10).allSatisfy { $0 == 0 } && six[10] == 255 && six[11] == 255)
        {
            bytes = six
        } else {
            return nil
        }
    }

    /// The four bytes of a dotted address; nil when it is none.
    static func four(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    /// The sixteen bytes of an IPv6 address, whose last four may be dotted; nil when it is none.
    static func six(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        let halves = TextSearch.parts(of: text, separator: "::")
        guard halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
        if halves.count == 1 { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
        return head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: String, isLast: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(".") {
                guard let four = four(part) else { return nil }
                bytes += four
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 255)]
            }
        }
        return bytes
    }

    var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
    var isLoopback: Bool { family == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 }

    var isLinkLocalUnicast: Bool {
        family == 4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
    }

    var isLinkLocalMulticast: Bool {
        family == 4
            ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0 : bytes[0] == 0xFF && bytes[1] & 0x0F == 0x02
    }

    private var isMulticast: Bool { family == 4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF }

    var isGlobalUnicast: Bool {
        let isBroadcast = bytes == [255, 255, 255, 255]
        return !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast && !isBroadcast
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text (RFC 5952).
    public var description: String {
        if family == 4 { return bytes.map(String.init).joined(separator: ".") }
        let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return longest.isEmpty ? text(0..<8) : "\(text(0..<longest.lowerBound))::\(text(longest.upperBound..<8))"
    }
}

/// A network: an address and how many of its bits name the network.
public struct CIDRBlock: Sendable, Hashable {
    let address: IPAddress
    let prefixLength: Int

    /// nil when the text is no network in CIDR notation.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            String(length) == parts[1], (0...(address.bytes.count * 8)).contains(length)
        else { return nil }
        self.address = address
        prefixLength = length
    }

    init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    /// The same network with the bits beyond its prefix cleared.
    var masked: CIDRBlock {
        let bytes = address.bytes.enumerated().map { index, byte in
            let bits = max(0, min(8, prefixLength - index * 8))
            return bits == 0 ? 0 : byte & ~UInt8(truncatingIfNeeded: 0xFF >> bits)
        }
        return CIDRBlock(address: IPAddress(bytes: bytes), prefixLength: prefixLength)
    }

    func contains(_ other: IPAddress) -> Bool {
        other.family == address.family
            && CIDRBlock(address: other, prefixLength: prefixLength).masked.address == masked.address
    }

    func contains(_ other: CIDRBlock) -> Bool {
        other.prefixLength >= prefixLength && contains(other.masked.address)
    }
}

extension CIDRBlock: CustomStringConvertible {
    public var description: String { "\(address)/\(prefixLength)" }
}
