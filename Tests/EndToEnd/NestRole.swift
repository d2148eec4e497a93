import Foundation

/// One role of `nest`, run by itself.
final class NestRole: Sendable {
    let child: Child
    private let logFile: String

    init(_ arguments: String..., log: String) throws {
        logFile = log
        child = try Child(NestProcess.program, arguments, errors: log)
    }

    var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    func waitForLog(_ text: String, times: Int = 1) async throws {
        try await Eventually.holds("the log says '\(text)': \(log.suffix(2000))") {
            log.components(separatedBy: text).count > times
        }
    }

    /// An API server with Nest's kinds, and nothing that works on them; `body` gets its kubeconfig and a directory.
    static func withAPIServer(_ body: (_ kubeconfig: String, _ directory: String) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let kubeconfig = directory + "/data/kubeconfig"
            let server = try NestRole(
                "apiserver", "--data", directory + "/data", "--port", "0", log: directory + "/apiserver.log")
            do {
                try await Eventually.holds("the API server writes its kubeconfig") {
                    FileManager.default.fileExists(atPath: kubeconfig)
                }
                let crds = Tree.root.appending(path: "crds").path
                try await Kubectl(kubeconfig: kubeconfig)("apply", "-f", crds)
                try await Kubectl(kubeconfig: kubeconfig)(
                    "wait", "--for=condition=Established", "--timeout=30s", "crd/sandboxdeployments.nest.dev")
                try await body(kubeconfig, directory)
            } catch {
                _ = await server.child.stop(within: .seconds(10))
                throw error
            }
            _ = await server.child.stop(within: .seconds(10))
        }
    }
}
