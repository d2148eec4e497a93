import ArgumentParser
import Foundation
import KubeClient
import Logging
import Yams

/// How a role finds its API server: `--kubeconfig`, `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
struct ClientOptions: ParsableArguments {
    @Option(help: "The kubeconfig file. Default: $KUBECONFIG, the pod's service account, or ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context. Default: its current one.")
    var context: String?

    func client(logger: Logger) throws -> KubeClient { try KubeClient(configuration(), logger: logger) }

    /// - Throws: `Failure` that says what was looked for.
    func configuration() throws -> ClientConfiguration {
        let environment = ProcessInfo.processInfo.environment
        // $KUBECONFIG may be a list of files, of which kubectl takes the first that says something.
        let paths = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let named = paths.first(where: FileManager.default.fileExists) ?? paths.first
        if let path = kubeconfig ?? named { return try read(path) }
        if context == nil, environment["KUBERNETES_SERVICE_HOST"] != nil { return try ClientConfiguration.inCluster() }
        let standard = (environment["HOME"] ?? "") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: standard) else {
            throw Failure(
                "no kubeconfig: give --kubeconfig, or set KUBECONFIG (`nest up` prints the path of its own).")
        }
        return try read(standard)
    }

    private func read(_ path: String) throws -> ClientConfiguration {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let folder = URL(filePath: path).deletingLastPathComponent().path
            var kubeconfig = try YAMLDecoder().decode(Kubeconfig.self, from: text)
            if let context { kubeconfig.currentContext = context }
            return try ClientConfiguration(kubeconfig: kubeconfig, directory: folder)
        } catch {
            throw Failure("the kubeconfig \(path) cannot be used: \(Self.cause(error))")
        }
    }

    /// A file's error in words; a parser's as it is.
    private static func cause(_ error: any Error) -> String {
        error is CocoaError ? error.localizedDescription : "\(error)"
    }
}
