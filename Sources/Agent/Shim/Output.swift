/// What one sandbox, or a host, prints, on its way to its log.
///
/// Belongs to the shim's event loop.
final class Output {
    let id: Int
    var log: BoundedLog
    var intake = LogIntake()
    /// It is to be looked after whether there is room in its log again.
    var isSettling = false
    /// The sandbox whose it is, for the pod's own output; nil: a host's, which goes nowhere else.
    var sandbox: String?

    init(id: Int, log: consuming BoundedLog, sandbox: String? = nil) {
        self.id = id
        self.log = log
        self.sandbox = sandbox
    }

    /// What was said last.
    var lastWords: String {
        let tail = log.tail(lines: 60).split(separator: "\n", omittingEmptySubsequences: false).map(LogHead.text)
        // A runtime that gives up says why in one line and goes on with frames of its own.
        let said = tail.first { $0.contains("FATAL ERROR") }.map { [$0] } ?? tail.suffix(10)
        return said.joined(separator: "\n")
    }
}
