import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI

/// Tells when Secrets and ConfigMaps change whose values a running sandbox should follow.
///
/// Each is watched by its name, so that a sidecar needs no right to list the others and holds none of them in memory.
actor ReferenceWatch {
    /// One Secret or ConfigMap of the pod's namespace.
    struct Reference: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Sendable {
            case secret = "Secret"
            case configMap = "ConfigMap"
        }

        var kind: Kind
        var name: String
        var description: String { "\(kind.rawValue) \(name)" }

        /// Those whose changes start the sandbox again.
        static func followed(by sandbox: Sandbox) -> Set<Reference> {
            let found = sandbox.spec.env.filter(\.restartsOnUpdate).compactMap { variable in
                variable.valueFrom.flatMap { source in
                    source.secretKeyRef.map { Reference(kind: .secret, name: $0.name) }
                        ?? source.configMapKeyRef.map { Reference(kind: .configMap, name: $0.name) }
                }
            }
            return Set(found)
        }
    }

    private let client: KubeClient
    private let namespace: String
    private let logger: Logger
    private let onChange: @Sendable (Reference) async -> Void
    private var watches: [Reference: Task<Void, Never>] = [:]

    init(
        client: KubeClient, namespace: String, logger: Logger, onChange: @escaping @Sendable (Reference) async -> Void
    ) {
        self.client = client
        self.namespace = namespace
        self.logger = logger
        self.onChange = onChange
    }

    deinit { for watch in watches.values { watch.cancel() } }

    /// Watches these, and no others.
    func follow(_ wanted: Set<Reference>) {
        for (reference, watch) in watches where !wanted.contains(reference) {
            watch.cancel()
            watches[reference] = nil
        }
        for reference in wanted where watches[reference] == nil {
            watches[reference] = Task { await self.watch(reference) }
        }
    }

    private nonisolated func watch(_ reference: Reference) async {
        switch reference.kind {
        case .secret: await watch(Secret.self, reference)
        case .configMap: await watch(ConfigMap.self, reference)
        }
    }

    private nonisolated func watch<Object: KubeObject>(_ type: Object.Type, _ reference: Reference) async {
        let informer = Informer<Object>(
            client: client, namespace: namespace, fieldSelector: "metadata.name=\(reference.name)", logger: logger)
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        informer.onChange { _ in continuation.yield() }
        await withTaskGroup { group in
            group.addTask { await informer.run() }
            group.addTask { [onChange] in for await _ in changes { await onChange(reference) } }
        }
    }
}
