import KubeAPI
import NestAPI
import Packages
import Planning

extension Sidecar {
    /// How often the cache is told what is in use; less than `PackageLimits.useDuration` by far.
    private static let keepInterval = Duration.seconds(60)

    /// Everything that a sandbox's code consists of, or why it is not here.
    enum Fetched: Sendable {
        case ready(UnpackedPackage, layers: [UnpackedPackage])
        case failed(SandboxObservation.Failure, isTransient: Bool)
    }

    /// Where a function finds its layers, whatever its runtime makes of them.
    static func layers(_ directories: [String]) -> [String: String] {
        directories.isEmpty ? [:] : ["NEST_LAYERS": directories.joined(separator: ":")]
    }

    /// The package and its layers, side by side: what other sandboxes use already is there.
    nonisolated func fetch(_ object: Sandbox) async -> Fetched {
        do {
            let resolver = EnvironmentResolver(client: client)
            let credentials = try await resolver.credentials(
                object.spec.package, namespace: object.metadata.namespace)
            async let package = packages.unpack(object.spec.package, credentials: credentials)
            let layers = try await fetch(object.spec.layers)
            return .ready(try await package, layers: layers)
        } catch let error as PackageError {
            return .failed(.init(reason: "\(error.code)", message: error.message), isTransient: error.isTransient)
        } catch let missing as EnvironmentResolver.Missing {
            return .failed(missing.failure, isTransient: true)
        } catch {
            return .failed(.init(reason: "SecretNotRead", message: "package.secretRef: \(error)"), isTransient: true)
        }
    }

    nonisolated func fetch(_ layers: [LayerSource]) async throws -> [UnpackedPackage] {
        try await withThrowingTaskGroup { [packages] group in
            for (index, layer) in layers.enumerated() {
                group.addTask { (index, try await packages.unpack(PackageSource(layer))) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    func take(_ fetched: Fetched, _ key: Key, _ object: Sandbox) async {
        switch fetched {
        case .ready(let package, let layers):
            works[key]?.packageDirectory = package.directory
            works[key]?.layerDirectories = layers.map(\.directory)
            works[key]?.package = .ready
            works[key]?.mark("PackageReady")
            for part in layers + [package] { await reporter.update(package: part.digest) }
            let isCached = package.wasCached && layers.allSatisfy(\.wasCached)
            let message = "Package \(package.digest.prefix(12)) \(isCached ? "already present" : "unpacked")"
            await recorder.record(on: object, type: .normal, reason: "Pulled", message: message)
        case .failed(let failure, let isTransient):
            // A digest that differs does not heal, but the file behind the URL may be replaced.
            let pause = isTransient ? Self.retrySeconds : 12 * Self.retrySeconds
            works[key]?.package = .failed(failure, retryAt: clock + pause)
        }
    }

    /// Tells the cache what this pod's sandboxes use, for as long as they do, and what its hosts preload.
    ///
    /// What they are is read from the API's objects: a sandbox that was adopted running counts, too.
    func keepPackages() async {
        while true {
            let specs = informer.lister.list().map(\.spec)
            let layers = specs.flatMap(\.layers) + configuration.poolSpec.preload.layers
            let sources = specs.map(\.package) + layers.map { PackageSource($0) }
            await Task.detached { [packages] in packages.keep(sources) }.value
            guard (try? await Task.sleep(for: Self.keepInterval)) != nil else { return }
        }
    }
}

extension PackageSource {
    init(_ layer: LayerSource) { self.init(url: layer.url, sha256: layer.sha256) }
}
