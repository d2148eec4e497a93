import KubeAPI

/// Brings the lines of several logs into the order of time, as far as each is in it.
struct LogMerge {
    /// In the order of their next lines.
    private var open: [(next: Timestamp, source: LogSource)] = []
    private var done: [LogSource] = []

    init(_ sources: some Sequence<LogSource>) {
        for var source in sources {
            source.begin()
            put(source)
        }
    }

    /// All of them, as far as they have been read.
    var sources: [LogSource] { done + open.map(\.source) }

    /// The next lines; nil at the end.
    mutating func next() -> ArraySlice<PodLogLine>? {
        guard !open.isEmpty else { return nil }
        var (_, first) = open.removeFirst()
        let lines = first.take(upTo: open.first?.next)
        put(first)
        return lines
    }

    private mutating func put(_ source: LogSource) {
        guard let next = source.next else { return done.append(source) }
        var (low, high) = (0, open.count)
        while low < high {
            let middle = (low + high) / 2
            if open[middle].next <= next { low = middle + 1 } else { high = middle }
        }
        open.insert((next, source), at: low)
    }
}
