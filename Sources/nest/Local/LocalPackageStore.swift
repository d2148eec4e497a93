import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI
import PackageStore

/// The package store of a `nest up`: on a port of its own, which stays the same, because it is in the specs' URLs.
struct LocalPackageStore: Sendable {
    /// The ConfigMap that says where packages are put and got, in the namespace `nest-system`.
    static let name = "package-store"
    /// Below the ports that the system gives to connections.
    private static let ports = 20_000..<30_000

    let directory: DataDirectory
    let admits: @Sendable (String?) -> Bool
    let logger: Logger

    private var portFile: String { directory.path + "/package-store.port" }

    /// Serves until it is stopped, on the port of last time, or on a free one where that is taken or there was none.
    func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
        let last = (try? String(contentsOfFile: portFile, encoding: .utf8)).flatMap { Int($0) }
        for port in [last].compactMap({ $0 }) + Self.ports.shuffled().prefix(20) {
            var configuration = PackageStore.Configuration(directory: directory.path + "/package-store")
            configuration.port = port
            let store = try PackageStore(configuration: configuration, admits: admits, logger: logger) { port in
                if last == nil { try? DataDirectory.writePrivately("\(port)", to: portFile) }
                onReady(port)
            }
            do {
                return try await store.run()
            } catch  where Listening<PackageStore>.isTaken(error) {
                guard port == last else { continue }
                let url = PackageStore.url(port: port)
                logger.warning("another program listens where the packages of \(url) should be; taking another port")
            }
        }
        throw Failure("the package store finds no free port from \(Self.ports.lowerBound) on.")
    }

    /// Tells `nest package push` where the store is.
    static func publish(port: Int, client: KubeClient) async throws {
        let map = ConfigMap(
            metadata: ObjectMeta(name: name, namespace: NestGroup.systemNamespace),
            data: ["url": PackageStore.url(port: port)])
        do {
            _ = try await client.create(map)
        } catch let status as Status where status.isAlreadyExists {
            _ = try await client.patch(
                ConfigMap.self, namespace: NestGroup.systemNamespace, name: name,
                merge: .object(["data": try JSONValue(encoding: map.data)]))
        }
    }
}
