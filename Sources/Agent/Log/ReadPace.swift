/// How fast the output of one process is read, so that one that prints without end takes no processor from the others.
///
/// What is not read waits in the pipe, and whoever prints more waits for it: never longer than `window`.
struct ReadPace {
    /// 16 MiB a second: more than a function's log can keep, and little work to drop.
    static let bytesInWindow = 800 << 10
    /// In seconds.
    static let window = 0.05

    private var end = 0.0
    private var bytes = 0

    /// - Parameters:
    ///   - count: bytes that have just been read.
    ///   - now: seconds by a clock that never goes back.
    /// - Returns: for how many seconds nothing more is to be read; nil: go on.
    mutating func pause(after count: Int, at now: Double) -> Double? {
        if now >= end { (end, bytes) = (now + Self.window, 0) }
        bytes += count
        return bytes >= Self.bytesInWindow ? end - now : nil
    }
}
