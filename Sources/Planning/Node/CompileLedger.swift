/// Which packages are still to be compiled ahead, for the loads that follow the first.
///
/// A value: the sidecar keeps one and feeds it.
public struct CompileLedger: Sendable, Equatable {
    /// How often it is tried to find an empty host for one.
    static let tries = 5
    /// Packages that are remembered.
    static let limit = 1000
    /// Seconds until a host is looked for again.
    public static let pause = 5.0

    private var attempts: [String: Int] = [:]

    public init() {}

    /// Whether this package is to be seen to: once, however many sandboxes of it there are.
    public mutating func begins(_ package: String) -> Bool {
        guard attempts[package] == nil else { return false }
        if attempts.count >= Self.limit { attempts.removeAll() }
        attempts[package] = 0
        return true
    }

    /// Whether to look again for a host, now that there was none.
    public mutating func findsNoHost(_ package: String) -> Bool {
        attempts[package, default: 0] += 1
        return attempts[package, default: 0] < Self.tries
    }

    /// What is made by one version of a runtime for itself is called this; nil: its version is no part of a file's name.
    public static func kind(runtime: String, version: String, architecture: String) -> String? {
        let name = "\(runtime)-\(version)-\(architecture)"
        let isPlain = name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "-_+.".unicodeScalars.contains($0)
        }
        return version.isEmpty || !isPlain ? nil : name
    }
}
