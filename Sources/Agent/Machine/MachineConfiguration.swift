import FoundationEssentials

/// What a machine agent needs to know of its machine.
public struct MachineConfiguration: Sendable, Equatable {
    /// What claimed pods have as `spec.nodeName`.
    public var machineName: String
    /// Everything that the agent keeps: `pods/UID` and `packages`.
    ///
    /// Sandboxes have users of their own, so when the agent is root every
    /// directory on the way must be passable for others.
    public var dataDirectory: String
    /// `nest-agent`.
    public var agentExecutable: String
    /// `nest-jail`.
    public var jailExecutable: String
    /// `node`, or its path.
    public var nodeExecutable: String
    /// The directory with a folder a runtime.
    public var runtimesDirectory: String
    /// A kubeconfig written as JSON: the sidecars' credentials.
    public var kubeconfig: String

    /// The file with the token that opens the metrics of the machine's pods.
    public var metricsToken: String { dataDirectory + "/metrics-token" }

    /// Relative paths count from here and now; pods start elsewhere.
    public init(
        machineName: String, dataDirectory: String, agentExecutable: String, jailExecutable: String,
        nodeExecutable: String = "node", runtimesDirectory: String, kubeconfig: String
    ) {
        self.machineName = machineName
        self.dataDirectory = Self.absolute(dataDirectory)
        self.agentExecutable = Self.absolute(agentExecutable)
        self.jailExecutable = Self.absolute(jailExecutable)
        // A bare name is looked up in PATH.
        self.nodeExecutable = nodeExecutable.contains("/") ? Self.absolute(nodeExecutable) : nodeExecutable
        self.runtimesDirectory = Self.absolute(runtimesDirectory)
        self.kubeconfig = Self.absolute(kubeconfig)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
