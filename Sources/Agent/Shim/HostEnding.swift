import Glibc
import Planning

/// What the end of a process that served, or loaded, is put down to.
struct HostEnding {
    /// What runtimes say when they get no more memory: V8, C++.
    private static let signs = ["out of memory", "bad_alloc", "Allocation failed", "allocation failed", "ENOMEM"]
    private static let aborts: Set<Int32> = [SIGABRT, SIGTRAP, SIGILL]

    let exit: ExitStatus?
    /// What the host said of its crash.
    let crash: String?
    /// The end of its log.
    let lastWords: String

    /// Whether it met the bound of its memory.
    ///
    /// Nothing else tells: RLIMIT_DATA only refuses, and the runtime gives up. A function may say the same words and abort,
    /// to its own harm.
    var isOutOfMemory: Bool {
        let hasGivenUp = exit?.signal.map(Self.aborts.contains) ?? false
        guard hasGivenUp || crash != nil else { return false }
        let said = crash ?? lastWords
        return Self.signs.contains(where: said.contains)
    }

    var reason: String { isOutOfMemory ? "OOMKilled" : crash == nil ? "Exited" : "Crashed" }

    /// The exit status and what was said; before it the bound, if that is the cause.
    func message(limit: UInt64?, bound: UInt64) -> String {
        let status = exit?.description ?? "unknown exit status"
        let said = crash ?? lastWords
        let plain = said.isEmpty ? status : "\(status)\n\(said)"
        guard isOutOfMemory else { return plain }
        let amount = "\(bound >> 20) MiB"
        let source = limit == nil ? "what the pod has less its reserve, as there is no limits.memory" : "limits.memory"
        return "Out of memory: it may take \(amount) (\(source)). \(plain)"
    }
}
