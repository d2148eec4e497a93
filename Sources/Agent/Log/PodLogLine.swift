import FoundationEssentials
import KubeAPI

/// One line of what `kubectl logs` shows of a pod.
///
/// A sandbox's is `[SANDBOX] TAGS TEXT`, where TAGS are the level and the request's id where there is one, after `P:`
/// when the line goes on in the next one. The pod's own processes' have nothing before their text.
struct PodLogLine: Equatable {
    /// The most characters of a sandbox's name: with a namespace and a uid it has to be a file's name, too.
    static let nameLimit = 176

    var time: Timestamp
    /// With the prefix, without a time and a line break.
    var text: [UInt8]

    /// - Parameters:
    ///   - line: as it stands in the file, without its line break.
    ///   - sandbox: of whose file; nil: of the pod's own.
    ///   - time: for a line that has none.
    init(_ line: ArraySlice<UInt8>, of sandbox: String?, at time: Timestamp) {
        guard let sandbox else {
            let word = line.prefix(40).prefix { $0 != UInt8(ascii: " ") }
            let own = Timestamp(String(decoding: word, as: UTF8.self))
            self.time = own ?? time
            text = Array(own == nil ? line : line.dropFirst(word.count + 1))
            return
        }
        let head = line.withUnsafeBytes { LogHead($0) } ?? .unknown
        self.time = head.time ?? time
        text = Array("[\(sandbox)] \(head.isPiece ? "P:" : "")\(head.tags) ".utf8) + line.dropFirst(head.length)
    }
}
