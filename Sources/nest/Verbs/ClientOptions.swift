import ArgumentParser
import Foundation
import KubeClient
import Logging
import Yams

/// How a role finds its API server: `--kubeconfig`, `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
struct ClientOptions: ParsableArguments {
    @Option(help: "The kubeconfig file. Default: $KUBECONFIG, the pod's service account, or ~/.kube/config.")
    var kubeconfig: String?

    func client(logger: Logger) throws -> KubeClient { try KubeClient(configuration(), logger: logger) }

    /// - Throws: `Failure` that says what was looked for.
    func configuration() throws -> ClientConfiguration {
        let environment = ProcessInfo.processInfo.environment
        if let path = kubeconfig ?? environment["KUBECONFIG"], !path.isEmpty { return try Self.read(path) }
        if environment["KUBERNETES_SERVICE_HOST"] != nil { return try ClientConfiguration.inCluster() }
        let standard = (environment["HOME"] ?? "") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: standard) else {
            throw Failure(
                "no kubeconfig: give --kubeconfig, or set KUBECONFIG (`nest up` prints the path of its own).")
        }
        return try Self.read(standard)
    }

    private static func read(_ path: String) throws -> ClientConfiguration {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let folder = URL(filePath: path).deletingLastPathComponent().path
            return try ClientConfiguration(
                kubeconfig: YAMLDecoder().decode(Kubeconfig.self, from: text), directory: folder)
        } catch {
            throw Failure("the kubeconfig \(path) cannot be used: \(Self.cause(error))")
        }
    }

    /// A file's error in words; a parser's as it is.
    private static func cause(_ error: any Error) -> String {
        error is CocoaError ? error.localizedDescription : "\(error)"
    }
}
