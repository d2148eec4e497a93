/// How much of what one sandbox prints is kept: two token buckets, one of bytes and one of lines.
///
/// Once something has been dropped nothing is kept until there is room for a second's worth, so that what is left of a
/// flood is whole stretches and not every hundredth line.
struct LogAllowance {
    /// What may come at once.
    static let burstBytes = 1 << 20
    static let burstLines = 10_000
    /// What may come for ever, in a second.
    static let bytesPerSecond = 256 << 10
    static let linesPerSecond = 2000
    /// Of the burst, what is for urgent lines alone: a runtime's last words are to be found after any flood.
    static let urgentBytes = 64 << 10
    static let urgentLines = 500

    private var bytes = Double(burstBytes)
    private var lines = Double(burstLines)
    private var time: Double?
    /// Whether ordinary lines are dropped.
    private(set) var isExhausted = false

    /// Takes what a line needs, if it is there.
    ///
    /// - Parameters:
    ///   - count: the line's bytes.
    ///   - isUrgent: it may have what is kept back.
    ///   - now: seconds by a clock that never goes back.
    /// - Returns: whether the line is to be kept.
    mutating func admits(_ count: Int, isUrgent: Bool, at now: Double) -> Bool {
        refill(now)
        let (keptBytes, keptLines) = isUrgent ? (0, 0) : (Self.urgentBytes, Self.urgentLines)
        guard isUrgent || !isExhausted, bytes >= Double(count + keptBytes), lines >= Double(1 + keptLines) else {
            if !isUrgent { isExhausted = true }
            return false
        }
        bytes -= Double(count)
        lines -= 1
        return true
    }

    /// Gives what the time since the last call has earned.
    mutating func refill(_ now: Double) {
        let passed = max(0, now - (time ?? now))
        time = now
        bytes = min(bytes + passed * Double(Self.bytesPerSecond), Double(Self.burstBytes))
        lines = min(lines + passed * Double(Self.linesPerSecond), Double(Self.burstLines))
        let hasRoom =
            bytes >= Double(Self.urgentBytes + Self.bytesPerSecond)
            && lines >= Double(Self.urgentLines + Self.linesPerSecond)
        if hasRoom { isExhausted = false }
    }
}
