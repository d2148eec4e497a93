/// Decides how many empty runtime hosts to boot, for one runtime of one pod.
///
/// A value: the shim keeps one and feeds it.
public struct HostPool: Sendable, Equatable {
    public enum Decision: Sendable, Equatable {
        /// Boot this many now; 0: nothing to do.
        case boot(Int)
        /// Boots fail, or there is no memory for a spare: look again after this many seconds.
        case wait(Double)
    }

    /// Hosts that boot at the same time at most: more would only slow each other down.
    public static let bootsAtOnce = 4
    /// Failed boots in a row after which those who wait are told.
    public static let failuresUntilRefusal = 3

    /// Seconds until it is looked again whether there is memory for a spare.
    static let spareSeconds = 1.0
    /// Seconds after a host was taken until its successor is booted: a boot takes all of a processor for longer than the
    /// load and the first answer need.
    public static let settleSeconds = 0.025

    /// Empty hosts that should be there.
    public let prewarmed: Int
    /// Whether one host holds many sandboxes: then one that takes more is enough for all who wait, and "empty" below
    /// reads "open".
    public let isShared: Bool
    /// Hosts between their start and `booted`.
    public private(set) var booting = 0
    /// Booted, empty hosts.
    public private(set) var idle = 0
    /// Failed boots in a row.
    public private(set) var failures = 0
    private var notBefore: Double = 0
    private var noSpareBefore: Double = 0

    public init(prewarmed: Int, isShared: Bool = false) {
        self.prewarmed = max(0, prewarmed)
        self.isShared = isShared
    }

    /// - Parameters:
    ///   - waiting: sandboxes that wait for a host.
    ///   - now: seconds of the caller's clock.
    ///   - allowsSpare: whether there is memory for a host that nobody waits for; asked only when one is missing.
    /// - Returns: what to do; the caller reports each boot with `bootStarted`.
    public func decide(waiting: Int, now: Double, allowsSpare: () -> Bool = { true }) -> Decision {
        var missing = missing(prewarmed + waiting)
        let room = (failures > 0 ? 1 : Self.bootsAtOnce) - booting
        guard missing > 0, room > 0 else { return .boot(0) }
        let needed = self.missing(waiting)
        if missing > needed {
            let pause = now < noSpareBefore ? noSpareBefore - now : allowsSpare() ? 0 : Self.spareSeconds
            guard pause == 0 || needed > 0 else { return .wait(pause) }
            if pause > 0 { missing = needed }
        }
        return now < notBefore ? .wait(notBefore - now) : .boot(min(missing, room))
    }

    private func missing(_ wanted: Int) -> Int {
        max(0, (isShared ? min(1, wanted) : wanted) - idle - booting)
    }

    /// Whether the runtime fails to boot so often that waiting for it makes no sense.
    public var isBroken: Bool { failures >= Self.failuresUntilRefusal && idle == 0 }

    public mutating func bootStarted() { booting += 1 }

    public mutating func booted() {
        booting -= 1
        idle += 1
        failures = 0
        notBefore = 0
    }

    /// A boot failed: 1 s, doubling to 60 s, until the next try.
    public mutating func bootFailed(now: Double) {
        booting -= 1
        failed(now: now)
    }

    /// An empty host ended by itself, which counts as a failed boot.
    public mutating func idleEnded(now: Double) {
        idle -= 1
        failed(now: now)
    }

    /// An empty host became a sandbox, or an open one takes no more.
    public mutating func taken(now: Double) {
        idle -= 1
        // From the first of several, or there would never be a spare.
        if now >= noSpareBefore { noSpareBefore = now + Self.settleSeconds }
    }

    private mutating func failed(now: Double) {
        failures += 1
        notBefore = now + min(60, Double(1 << min(failures - 1, 6)))
    }
}
