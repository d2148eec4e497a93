import Glibc
import KubeAPI

/// Makes the lines of a sandbox's log of whatever its process prints.
///
/// Each gets a head with a time; a line that is too long is cut in pieces; what is more than the allowance is dropped by
/// whole lines, and one line says how much that was. Holds no more than one line.
struct LogIntake {
    /// When something was read.
    struct Moment {
        /// By the wall clock.
        var time: Timestamp
        /// In seconds, by a clock that never goes back.
        var clock: Double
    }

    /// The most bytes of a line, head included: a host's own have 16 KiB of text.
    static let lineLimit = (16 << 10) + 512
    /// How far back a line's own time is believed: it has been in the pipe for no longer.
    static let patience = 60.0

    private var allowance = LogAllowance()
    /// A line whose end is not there yet, or that of one whose first pieces have been taken.
    private var partial: [UInt8] = []
    /// Of those pieces.
    private var head: LogHead?
    private var last = Timestamp(microseconds: .min)
    private var dropped = (lines: 0, bytes: 0)
    private var output: [UInt8] = []

    /// Lines have been dropped and nobody has been told.
    var owesNotice: Bool { dropped.lines > 0 }

    /// - Returns: whole lines for the log, in the order of time.
    mutating func take(_ bytes: UnsafeRawBufferPointer, at now: Moment) -> [UInt8] {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let end = Self.newline(in: rest)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])
            if end != nil, partial.isEmpty, head == nil, piece.count <= Self.lineLimit {
                add(piece, isWhole: true, now)
            } else {
                hold(piece, now)
                if end != nil { finish(now) }
            }
            start += piece.count + 1
        }
        return handOver()
    }

    /// The line that says what was dropped, once there is room again.
    mutating func settle(at now: Moment) -> [UInt8] {
        allowance.refill(now.clock)
        if !allowance.isExhausted { tell(now) }
        return handOver()
    }

    /// What is left when nothing more comes.
    mutating func end(at now: Moment) -> [UInt8] {
        if !partial.isEmpty { finish(now) }
        tell(now)
        return handOver()
    }

    private mutating func handOver() -> [UInt8] {
        defer { output = [] }
        return output
    }

    private mutating func hold(_ piece: UnsafeRawBufferPointer, _ now: Moment) {
        var piece = piece
        while partial.count + piece.count > Self.lineLimit {
            let room = Self.lineLimit - partial.count
            partial += piece[..<room]
            piece = UnsafeRawBufferPointer(rebasing: piece[room...])
            var cut = partial.count
            while cut > partial.count - 4, partial[cut - 1] & 0xC0 == 0x80 { cut -= 1 }
            // Before the first byte of a character that is not whole; what is no UTF-8 is cut anywhere.
            cut = partial[cut - 1] & 0xC0 == 0xC0 ? cut - 1 : partial.count
            let line = partial
            partial = Array(line[cut...])
            line.withUnsafeBytes { add(UnsafeRawBufferPointer(rebasing: $0[..<cut]), isWhole: false, now) }
        }
        partial += piece
    }

    private mutating func finish(_ now: Moment) {
        let line = partial
        partial = []
        line.withUnsafeBytes { add($0, isWhole: true, now) }
        head = nil
    }

    private mutating func add(_ line: UnsafeRawBufferPointer, isWhole: Bool, _ now: Moment) {
        // Of what is dropped no more is looked at than must be.
        let isUrgent = head == nil && !LogHead.mayStart(line)
        guard allowance.admits(line.count + 1, isUrgent: isUrgent, at: now.clock) else {
            dropped.lines += 1
            dropped.bytes += line.count + 1
            if !isWhole, head == nil { head = LogHead(line) ?? .unknown }
            return
        }
        if !isUrgent { tell(now) }
        var own = head ?? LogHead(line) ?? .unknown
        let text = head == nil ? own.length : 0
        if !isWhole {
            head = own
            own.isPiece = true
        }
        write(own, UnsafeRawBufferPointer(rebasing: line[text...]), now)
    }

    private mutating func write(_ head: LogHead, _ text: UnsafeRawBufferPointer, _ now: Moment) {
        var head = head
        head.time = time(of: head, now)
        output += Array(head.text.utf8)
        output += text
        output.append(UInt8(ascii: "\n"))
    }

    /// Not before the line before it, not later than now, and, whatever the process says, not long ago.
    private mutating func time(of head: LogHead, _ now: Moment) -> Timestamp {
        let own = head.time ?? now.time
        let isCredible = own <= now.time && own >= now.time.adding(seconds: -Self.patience)
        last = min(max(last, isCredible ? own : now.time), now.time)
        return last
    }

    private mutating func tell(_ now: Moment) {
        guard dropped.lines > 0 else { return }
        let text =
            "nest: dropped \(dropped.lines) lines (\(dropped.bytes) bytes): more than "
            + "\(LogAllowance.bytesPerSecond >> 10) KiB or \(LogAllowance.linesPerSecond) lines a second"
        dropped = (0, 0)
        Array(text.utf8).withUnsafeBytes { write(LogHead(stream: "stderr", level: "warn"), $0, now) }
    }

    private static func newline(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, 10, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
