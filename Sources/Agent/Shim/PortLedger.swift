import FoundationEssentials
import Glibc
import Planning

/// Hands out a pod's ports, each again as late as possible, also by the shim that comes after this one.
///
/// A gateway that has not yet heard of an end must not reach another tenant's function. So that not every port is written
/// down, they are taken from the file in blocks: what is left of a block when a shim ends is skipped.
struct PortLedger {
    static let block = 256

    private let path: String
    private var ports: CursorAllocator
    private var left = 0
    private var next: Int

    /// - Parameters:
    ///   - range: the ports.
    ///   - path: a file of its own, which need not be there yet.
    init(_ range: Range<Int>, path: String) {
        self.path = path
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        let start = text.flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil } ?? range.lowerBound
        next = start
        ports = CursorAllocator(range, from: start)
    }

    /// The next free port; nil when all are taken.
    mutating func take() -> Int? {
        if left == 0 { reserve() }
        left -= 1
        return ports.take()
    }

    var count: Int { ports.count }

    /// Takes that very port, which an earlier shim had.
    mutating func claim(_ port: Int) -> Bool { ports.claim(port) }

    mutating func giveBack(_ port: Int) { ports.giveBack(port) }

    private mutating func reserve() {
        left = Self.block
        let range = ports.range
        next = range.lowerBound + (next - range.lowerBound + Self.block) % range.count
        // On a full disk ports may come again sooner, after another shim's end.
        try? writePrivately(next, to: path)
    }
}
