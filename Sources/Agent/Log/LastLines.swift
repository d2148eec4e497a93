/// The last lines of many, which together have no more than so many bytes.
struct LastLines {
    private let count: Int
    private let limit: Int
    private var held: [PodLogLine] = []
    private var first = 0
    private var bytes = 0

    init(_ count: Int, bytes limit: Int) {
        self.count = count
        self.limit = limit
    }

    var lines: [PodLogLine] { Array(held[first...]) }

    mutating func add(_ lines: [PodLogLine]) {
        for line in lines {
            held.append(line)
            bytes += line.text.count + 1
            while held.count - first > count || bytes > limit {
                bytes -= held[first].text.count + 1
                first += 1
            }
        }
        guard first > 1024, first > held.count / 2 else { return }
        held.removeFirst(first)
        first = 0
    }
}
