import ArgumentParser
import Foundation
import KubeAPI
import KubeClient
import NestAPI
import Planning

/// `nest top`: what `kubectl top` is for Pods and Nodes, for Sandboxes and SandboxNodes.
struct TopVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show what Sandboxes and SandboxNodes use.",
        discussion: """
            sbx shows Sandboxes, sbn the pods that hold them. The figures are those of their status, which is at most a
            minute old while a figure changes much; a sandbox has none in its first half minute.
            """)

    @Argument(help: "sbx or sbn, and the name of one.")
    var objects: [String] = []

    @Option(name: [.customShort("n"), .long], help: "The namespace. Default: the context's.")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false

    @Option(name: [.customShort("l"), .long], help: "A label selector, instead of a name.")
    var selector: String?

    @Option(help: "Those that use most first: cpu or memory.")
    var sortBy: UsageTable.Order?

    @Flag(help: "Without the line that names the columns.")
    var noHeaders = false

    @OptionGroup var connection: ClientOptions

    func run() async throws {
        try await connection.run("top", namespace: namespace) { client, namespace, _ in
            let target = try TopTarget(objects, selector: selector, allNamespaces: allNamespaces)
            try await show(target, client, in: allNamespaces ? nil : namespace)
        }
    }

    private func show(_ target: TopTarget, _ client: KubeClient, in namespace: String?) async throws {
        let table: UsageTable
        switch target.kind {
        case .sandboxes:
            let found: [Sandbox] = try await find(target.name, client, namespace)
            table = UsageTable(found)
            if table.isEmpty, !found.isEmpty {
                let names = found.map(\.key.description).sorted().prefix(3).joined(separator: ", ")
                throw TopError(
                    "usage is not available yet for sandbox \(names): it comes half a minute after a sandbox is ready")
            }
        case .nodes: table = UsageTable(try await find(target.name, client, namespace) as [SandboxNode])
        }
        guard !table.isEmpty else {
            let place = namespace.map { " in \($0) namespace" } ?? ""
            return FileHandle.standardError.write(Data("No resources found\(place).\n".utf8))
        }
        let text = table.text(order: sortBy, showsNamespace: allNamespaces, hasHeader: !noHeaders)
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private func find<T: KubeObject>(_ name: String?, _ client: KubeClient, _ namespace: String?) async throws -> [T] {
        if let name { return [try await client.get(T.self, namespace: namespace ?? "", name: name)] }
        return try await client.list(T.self, namespace: namespace, labelSelector: selector).items
    }
}

extension UsageTable.Order: ExpressibleByArgument {}
