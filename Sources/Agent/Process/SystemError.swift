import Glibc

/// A system call that failed: what was tried, and the kernel's reason.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    public let what: String
    public let code: Int32

    public init(_ what: String, code: Int32 = errno) {
        self.what = what
        self.code = code
    }

    public var description: String { "\(what): \(String(cString: strerror(code)))" }

    /// The result of a call that gives -1 on failure; calls again when a signal interrupted it.
    static func check<Result: SignedInteger>(
        _ what: @autoclosure () -> String, _ call: () -> Result
    ) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result != -1 { return result }
            if errno != EINTR { throw SystemError(what()) }
        }
    }
}
