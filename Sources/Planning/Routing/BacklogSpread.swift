/// How a backlog of waiting requests is spread over sandboxes as they come.
///
/// A sandbox gets what it handles at once at first, or a few if that has no limit, and twice as many each tenth of a second
/// after that, so that sandboxes that are ready a moment later have their share. It never gets more than it takes: a
/// runtime lets a hundred requests wait beyond its concurrency, and some of that is left to others. One that refused the
/// last connection, because its process has ended, gets one request each tenth of a second until it takes one.
public struct BacklogSpread: Sendable, Equatable {
    /// What an event loop knows of a sandbox.
    public struct Load: Sendable, Equatable {
        /// The requests that it is serving now.
        public var inFlight: Int
        /// Milliseconds since it got the first request of this backlog; 0 if it has had none.
        public var milliseconds: Int64
        /// Milliseconds since it refused a connection; nil if it took the last one.
        public var refused: Int64?

        public init(inFlight: Int, milliseconds: Int64 = 0, refused: Int64? = nil) {
            self.inFlight = inFlight
            self.milliseconds = milliseconds
            self.refused = refused
        }
    }

    /// The requests that a sandbox without a limit gets at first.
    public static let first = 32
    /// In how many milliseconds that doubles, and after how many a sandbox that refused is tried again.
    public static let step: Int64 = 100
    /// The most that a sandbox without a limit has of a backlog at a time.
    public static let most = 4096
    /// The most that a sandbox with a limit has beyond it.
    public static let waiting = 50

    private let concurrency: Int
    private let loops: Int

    /// - Parameters:
    ///   - concurrency: requests at once in one sandbox; 0: no limit.
    ///   - loops: how many event loops give requests to the same sandboxes; each gives its share.
    public init(concurrency: Int, loops: Int) {
        self.concurrency = concurrency
        self.loops = max(1, loops)
    }

    /// How many more requests a sandbox may have from here.
    public func room(_ load: Load) -> Int {
        if let refused = load.refused { return refused >= Self.step ? 1 : 0 }
        let doublings = Int(min(max(load.milliseconds, 0) / Self.step, 12))
        let (first, most) = concurrency > 0 ? (concurrency, concurrency + Self.waiting) : (Self.first, Self.most)
        return max(1, min(first << doublings, most) / loops) - load.inFlight
    }

    /// The sandbox that gets the next request: of those that have room the one with the fewest requests.
    ///
    /// - Returns: nil if none has room.
    public func next(of count: Int, load: (Int) -> Load) -> Int? {
        var best: (index: Int, inFlight: Int)?
        for index in 0..<count {
            let load = load(index)
            guard room(load) > 0, best.map({ load.inFlight < $0.inFlight }) ?? true else { continue }
            best = (index, load.inFlight)
        }
        return best?.index
    }
}
