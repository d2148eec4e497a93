/// The layers that some hosts of a pod have loaded before any sandbox comes.
public struct LayerSet: Sendable, Equatable {
    /// Those of the unpacked layers, in the pool's order; named by what they hold.
    public let directories: [String]

    public init(directories: [String]) { self.directories = directories }

    /// What modules see when they are loaded: what a function has that says nothing of its own.
    public var environment: [String: String] {
        ["NODE_ENV": "production", Self.layersVariable: directories.joined(separator: ":")]
    }

    /// Whether a sandbox finds in such a host the same modules that it would have loaded itself.
    ///
    /// Its own layers begin with these, in this order: then whatever was found at the time is found there still. And no
    /// variable that a module has read has another value.
    /// - Parameters:
    ///   - layers: the directories of the sandbox's, in its order.
    ///   - environment: its own.
    ///   - reads: the variables that modules have asked for while they were loaded.
    /// - Returns: whether it may have one.
    public func admits(layers: [String], environment: [String: String], reads: [String]) -> Bool {
        guard !directories.isEmpty, layers.starts(with: directories),
            environment[Self.layersVariable] == layers.joined(separator: ":"), environment["NODE_PATH"] == nil
        else { return false }
        return reads.allSatisfy { environment[$0] == self.environment[$0] }
    }

    private static let layersVariable = "NEST_LAYERS"
}
