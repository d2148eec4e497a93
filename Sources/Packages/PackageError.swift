/// Why a package could not be made ready, in the words of whoever wrote its spec.
public struct PackageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure; open, so that a new kind breaks nobody's `switch`.
    public struct Code: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// Neither or both of url and inline, a bad URL, digest or file name.
        public static let invalidSource = Code(rawValue: "InvalidSource")
        /// The server, or the file system, has no such archive.
        public static let notFound = Code(rawValue: "NotFound")
        /// The archive could not be read: refused, timed out, an HTTP error, an interrupted transfer.
        public static let fetchFailed = Code(rawValue: "FetchFailed")
        /// The archive is not the one that the spec names.
        public static let digestMismatch = Code(rawValue: "DigestMismatch")
        /// Not a tar or zip, damaged, or encrypted.
        public static let notAnArchive = Code(rawValue: "NotAnArchive")
        /// An entry would reach outside the package, or is no file, directory or link.
        public static let unsafePath = Code(rawValue: "UnsafePath")
        /// More bytes or entries than `PackageLimits` allows.
        public static let tooLarge = Code(rawValue: "TooLarge")
        /// The machine's own disk failed us: full, read-only, no permission.
        public static let storageFailed = Code(rawValue: "StorageFailed")
        /// Nobody waits for it any more.
        public static let cancelled = Code(rawValue: "Cancelled")

        public var description: String { rawValue }
    }

    public var code: Code
    /// What, where, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// Whether the same source may work later: the network or the disk may recover, a wrong digest does not.
    public var isTransient: Bool { [.fetchFailed, .notFound, .storageFailed, .cancelled].contains(code) }
}
