import NestAPI

/// What `nest top` is about: all objects of a kind, or one of them.
public struct TopTarget: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case sandboxes, nodes
    }

    public var kind: Kind
    public var name: String?

    /// Reads `sbx`, `sbx NAME` or `sbx/NAME`, with any of the kind's names; the same for `sbn`.
    public init(_ arguments: [String], selector: String?, allNamespaces: Bool) throws(TopError) {
        let words = arguments.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        guard let first = words.first else { throw TopError("give sbx (Sandboxes) or sbn (SandboxNodes)") }
        guard words.count <= 2, !words.contains("") else {
            throw TopError("give one name at most: sbx NAME, or sbx with --selector")
        }
        guard let kind = Self.kind(first) else {
            throw TopError(
                "\"\(first)\" is neither sbx (Sandboxes) nor sbn (SandboxNodes); for Pods and Nodes use kubectl top")
        }
        self.kind = kind
        name = words.dropFirst().first
        guard name == nil || selector == nil else {
            throw TopError("name cannot be provided when a selector is specified")
        }
        guard name == nil || !allNamespaces else {
            throw TopError("a resource cannot be retrieved by name across all namespaces")
        }
    }

    private static func kind(_ word: String) -> Kind? {
        let known: [(Kind, [String])] = [
            (.sandboxes, ["sbx", "sandbox", "sandboxes"]), (.nodes, ["sbn", "sandboxnode", "sandboxnodes"]),
        ]
        let plain =
            word.lowercased().hasSuffix(".\(NestGroup.name)") ? word.dropLast(NestGroup.name.count + 1) : word[...]
        return known.first { $0.1.contains(plain.lowercased()) }?.0
    }
}
