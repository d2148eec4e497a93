import KubeAPI
import NestAPI

/// Whose logs `nest logs` is asked for.
public enum LogTarget: Sendable, Equatable {
    /// A name without a kind: a Sandbox's or else a SandboxDeployment's.
    case either(String)
    case sandbox(String)
    case deployment(String)
    /// All sandboxes of a namespace that a selector matches.
    case matching(String)

    /// Reads `sbx/NAME`, `sbd/NAME`, `KIND NAME` or `NAME`, with any of the kinds' names, or a selector.
    /// - Throws: `LogsError`, for what names neither.
    public init(_ arguments: [String], selector: String?) throws(LogsError) {
        if let selector, !selector.isEmpty {
            guard arguments.isEmpty else { throw LogsError("only a selector (-l) or a name is allowed") }
            self = .matching(selector)
            return
        }
        let parts = arguments.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false) }.map(String.init)
        guard (1...2).contains(parts.count), arguments.count <= 2, parts.allSatisfy({ !$0.isEmpty }),
            let name = parts.last
        else {
            throw LogsError("one of sbx/NAME, sbd/NAME, NAME or -l SELECTOR is required")
        }
        guard parts.count == 2 else {
            self = .either(name)
            return
        }
        if Self.names(of: Sandbox.resource, "sbx").contains(parts[0].lowercased()) {
            self = .sandbox(name)
        } else if Self.names(of: SandboxDeployment.resource, "sbd").contains(parts[0].lowercased()) {
            self = .deployment(name)
        } else {
            throw LogsError(
                "\"\(parts[0])\" has no logs here: give sbx/NAME (a Sandbox) or sbd/NAME (a SandboxDeployment); for pods "
                    + "use kubectl logs")
        }
    }

    private static func names(of resource: ResourceType, _ short: String) -> [String] {
        [short, resource.kind.lowercased(), resource.plural].flatMap { word in
            ["", ".\(resource.group)", ".\(resource.version).\(resource.group)"].map { word + $0 }
        }
    }
}
