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
        if let path = kubeconfig { return try read([path]) }
        // $KUBECONFIG may be a list of files, which are merged; as for kubectl, some may be missing.
        let paths = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let present = paths.filter(FileManager.default.fileExists)
        if !paths.isEmpty { return try read(present.isEmpty ? Array(paths.prefix(1)) : present) }
        if context == nil, environment["KUBERNETES_SERVICE_HOST"] != nil { return try ClientConfiguration.inCluster() }
        let standard = (environment["HOME"] ?? "") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: standard) else {
            throw Failure(
                "no kubeconfig: give --kubeconfig, or set KUBECONFIG (`nest up` prints the path of its own).")
        }
        return try read([standard])
    }

    /// What the files say together.
    private func read(_ paths: [String]) throws -> ClientConfiguration {
        var kubeconfig = Kubeconfig()
        for path in paths { try Self.using(path) { kubeconfig.merge(try Self.parse(path)) } }
        if let context { kubeconfig.currentContext = context }
        return try Self.using(paths.joined(separator: ":")) { try ClientConfiguration(kubeconfig: kubeconfig) }
    }

    private static func parse(_ path: String) throws -> Kubeconfig {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        return try YAMLDecoder().decode(Kubeconfig.self, from: text).resolved(in: folder)
    }

    private static func using<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw Failure("the kubeconfig \(path) cannot be used: \(cause(error))")
        }
    }

    /// A file's error in words; a parser's as it is.
    private static func cause(_ error: any Error) -> String {
        error is CocoaError ? error.localizedDescription : "\(error)"
    }
}
