/// A line of a host's output: `TIME STREAM TAGS TEXT`, the form of Kubernetes' container logs.
///
/// TAGS are `F`, or `P` for a piece of a longer line, then the level and the request, separated by colons. What the
/// runtime itself or native code prints has no form.
enum HostLogLine {
    /// What the function printed.
    static func text(_ line: Substring) -> Substring {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, words[1] == "stdout" || words[1] == "stderr",
            words[2].hasPrefix("F:") || words[2].hasPrefix("P:")
        else { return line }
        return words[3]
    }
}
