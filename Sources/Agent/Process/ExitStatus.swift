import Glibc

/// How a process ended.
public struct ExitStatus: Codable, Sendable, Equatable, CustomStringConvertible {
    /// Nil when a signal ended it, or when it was not our child.
    public var code: Int32?
    public var signal: Int32?

    public init(code: Int32? = nil, signal: Int32? = nil) {
        self.code = code
        self.signal = signal
    }

    /// From what waitpid(2) gives.
    init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self.init(code: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal)
    }

    public var description: String {
        if let code { return "exit code \(code)" }
        guard let signal else { return "unknown exit status" }
        let known = [SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV", SIGABRT: "SIGABRT", SIGTERM: "SIGTERM", SIGSYS: "SIGSYS"]
        return "signal \(signal)" + (known[signal].map { " (\($0))" } ?? "")
    }
}
