import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import KubeAPI
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A Kubernetes-compatible API server in this process, on SQLite.
///
/// It serves the core kinds that a small control plane needs, and whatever CustomResourceDefinitions it is given.
public final class EmbeddedAPIServer: Service {
    let store: ObjectStore
    let database: Database
    let registry = ResourceRegistry()
    let operations: ObjectOperations
    private let configuration: KubeServerConfiguration
    private let identity: ServerIdentity
    private let logger: Logger
    private let janitor: Janitor
    private let readiness = Readiness()

    /// Opens the database and loads what it holds; nothing is served before `run`.
    ///
    /// - Parameters:
    ///   - configuration: where to listen and keep data.
    ///   - identity: certificates and token.
    ///   - logger: for what goes wrong.
    /// - Throws: when the data cannot be read.
    public init(configuration: KubeServerConfiguration, identity: ServerIdentity, logger: Logger) throws {
        self.configuration = configuration
        self.identity = identity
        self.logger = logger
        try FileManager.default.createDirectory(
            atPath: configuration.dataDirectory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let path = URL(fileURLWithPath: configuration.dataDirectory).appending(path: "nest.sqlite").path
        database = try Database(path: path)
        store = try ObjectStore(database: database, limits: configuration.storeLimits)
        operations = ObjectOperations(store: store, registry: registry)
        janitor = Janitor(operations: operations, logger: logger)
        let crds = BuiltIns.customResourceDefinitions.storageKey
        for crd in store.list(crds, ObjectFilter()).objects {
            serve(Change(object: crd, previous: nil, isDeletion: false))
        }
        store.observe { [weak self, janitor] changes in
            for change in changes where change.object.resource == crds { self?.serve(change) }
            janitor.note(changes)
        }
    }

    /// Serves a CustomResourceDefinition as it is now; what is stored is read anew by its schema, and open watches end so
    /// that their clients do the same.
    private func serve(_ change: Change) {
        let crd = change.object.value
        var errors: [FieldError] = []
        let isServed = !change.isDeletion && CRDStatus.isTrue("Established", in: crd)
        let definitions = isServed ? CustomResource.definitions(of: crd, errors: &errors) : []
        let paths = [["spec"], ["status", "acceptedNames"]]
        if let previous = change.previous, !change.isDeletion,
            paths.allSatisfy({ previous.value[$0] == crd[$0] }), registry.serves(crd: crd.name) == isServed
        {
            return
        }
        registry.replace(crd: crd.name, with: definitions)
        let byVersion = Dictionary(definitions.map { ($0.type.apiVersion, $0) }, uniquingKeysWith: { $1 })
        let storage = definitions.first(where: \.isStorageVersion)
        @Sendable func reread(_ object: JSONValue) -> JSONValue {
            let definition = byVersion[object["apiVersion"]?.stringValue ?? ""] ?? storage
            return definition?.reread(object) ?? object
        }
        // At the start nobody watches, and what was written after the definition is as it says.
        let isStart = change.previous == nil && !change.isDeletion
        let objects = isStart ? store.list(crd.name, ObjectFilter()).objects : []
        let isStale = objects.contains { $0.revision < change.revision && reread($0.value) != $0.value }
        if !isStart || isStale { store.beginRereading(crd.name, reread) }
    }

    /// Serves until the service group shuts down or the task is cancelled.
    ///
    /// Open watches end at once then.
    public func run() async throws {
        do {
            try await ensureNamespaces()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [janitor] in await janitor.run() }
                group.addTask { [self] in await expireEvents() }
                try await withTaskCancellationOrGracefulShutdownHandler {
                    try await makeApplication().run()
                } onCancelOrGracefulShutdown: { [store] in
                    store.closeWatches()
                }
                janitor.stop()
                group.cancelAll()
            }
            readiness.fail(CancellationError())
        } catch {
            readiness.fail(error)
            throw error
        }
    }

    /// The port that the server listens on, once it does.
    ///
    /// - Returns: the bound port.
    /// - Throws: what kept the server from listening.
    public func waitUntilReady() async throws -> Int { try await readiness.port() }

    /// Answers requests, from wherever they come.
    var handler: APIHandler {
        var handler = APIHandler(operations: operations, podLogs: configuration.podLogs)
        handler.bookmarkInterval = configuration.bookmarkInterval
        handler.freshnessPatience = configuration.freshnessPatience
        return handler
    }

    private func makeApplication() throws -> some ApplicationProtocol {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)))
        tls.applicationProtocols = ["http/1.1"]
        tls.minimumTLSVersion = .tlsv12
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            responder: APIResponder(handler: handler, identity: identity),
            server: try .tls(.http1(), tlsConfiguration: tls),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maxConnections)),
            onServerRunning: { [readiness] channel in readiness.succeed(channel.localAddress?.port ?? 0) },
            logger: quiet)
    }

    private func ensureNamespaces() async throws {
        for name in ["default", "kube-system", "kube-public", "kube-node-lease", "nest-system"]
        where store.get(BuiltIns.namespaces.storageKey, ObjectKey(namespace: "", name: name)) == nil {
            _ = try await operations.create(
                BuiltIns.namespaces, namespace: "",
                body: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
        }
    }

    private func expireEvents() async {
        while !Task.isCancelled {
            let events = store.list(BuiltIns.events.storageKey, ObjectFilter()).objects
            do {
                _ = try await operations.delete(EventExpiry().expired(events, now: .now()), of: BuiltIns.events)
            } catch {
                logger.warning("old Events stay", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .seconds(60)) } catch { return }
        }
    }

    /// Creates a CustomResourceDefinition, or brings it up to date.
    ///
    /// Does nothing when it already is.
    ///
    /// - Parameter crd: the CustomResourceDefinition.
    /// - Throws: a `Status` when it is not valid.
    public func apply(crd: JSONValue) async throws(Status) {
        let definition = BuiltIns.customResourceDefinitions
        let key = ObjectKey(namespace: "", name: crd.name)
        let options = WriteOptions(validation: .strict)
        guard store.get(definition.storageKey, key) != nil else {
            _ = try await operations.create(definition, namespace: "", body: crd, options: options)
            return
        }
        _ = try await operations.modify(definition, key, options: options) { current throws(Status) in
            var wanted = current
            wanted["spec"] = crd["spec"]
            for field in ["labels", "annotations"] {
                let merged = MergePatch.apply(
                    crd["metadata"]?[field] ?? .object([:]), to: current["metadata"]?[field] ?? .object([:]))
                wanted.setMetadata(field, merged)
            }
            return wanted
        }
    }
}
