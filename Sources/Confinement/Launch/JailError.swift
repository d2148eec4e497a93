import Glibc

/// Why nothing was started: one line, in the words of whoever wrote the command.
struct JailError: Error, Equatable, CustomStringConvertible {
    /// Exit status of a failed confinement, of a program that cannot be run and of one that is not there (env(1)).
    static let confinement: Int32 = 125
    static let notExecutable: Int32 = 126
    static let notFound: Int32 = 127

    var description: String
    var exitStatus: Int32

    init(_ description: String, exitStatus: Int32 = JailError.confinement) {
        self.description = description
        self.exitStatus = exitStatus
    }

    /// Throws unless `error` is 0: `what: Operation not permitted`.
    static func check(_ error: Int32, _ what: @autoclosure () -> String) throws(JailError) {
        guard error != 0 else { return }
        throw JailError("\(what()): \(reason(error))")
    }

    /// The text of an errno.
    static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }
}
