/// Writes lines as they are asked for.
struct PodLogFormat {
    private let showsTimes: Bool
    private var left: Int?

    init(range: PodLogFiles.Range) {
        showsTimes = range.showsTimes
        left = range.limitBytes
    }

    /// The limit of bytes is reached.
    var isFull: Bool { left == 0 }

    mutating func text(_ lines: [PodLogLine]) -> [UInt8] {
        var text: [UInt8] = []
        for line in lines {
            if showsTimes { text += Array("\(line.time) ".utf8) }
            text += line.text
            text.append(10)
        }
        guard let limit = left else { return text }
        left = max(0, limit - text.count)
        return Array(text.prefix(limit))
    }
}
