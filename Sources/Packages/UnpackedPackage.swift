/// A package that is ready to run.
public struct UnpackedPackage: Sendable, Hashable {
    /// Absolute path of the read-only tree.
    public let directory: String
    /// Lower-case hexadecimal SHA-256: of the archive, or of the names and contents of inline files.
    public let digest: String
    /// Whether it was there already, so that nothing was fetched or written.
    public let wasCached: Bool
}
