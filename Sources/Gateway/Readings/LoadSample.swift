import KubeAPI

/// What one event loop has counted of a function over an interval.
struct LoadSample: Sendable, Equatable {
    var key: ObjectKey
    /// Requests in progress and waiting, as the mean over the interval, or now if there is no interval.
    var concurrency: Double
    /// Requests that came.
    var requests: Int
    /// Requests that wait for a sandbox now.
    var waiting: Int

    var isZero: Bool { concurrency == 0 && requests == 0 && waiting == 0 }

    static func + (one: LoadSample, other: LoadSample) -> LoadSample {
        LoadSample(
            key: one.key, concurrency: one.concurrency + other.concurrency, requests: one.requests + other.requests,
            waiting: one.waiting + other.waiting)
    }
}

extension Sequence<[LoadSample]> {
    /// What all loops have counted of each function.
    func merged() -> [LoadSample] {
        var sums: [ObjectKey: LoadSample] = [:]
        for sample in joined() { sums[sample.key] = sums[sample.key].map { $0 + sample } ?? sample }
        return Array(sums.values)
    }
}
