import Foundation

/// The real kubectl, with one Nest's kubeconfig and a home of its own.
package struct Kubectl: Sendable {
    package typealias Result = Program.Result

    package let kubeconfig: String
    /// Where kubectl keeps its caches.
    package let home: String
    /// A folder with plugins, searched before the PATH.
    package let plugins: String?

    /// - Parameters:
    ///   - kubeconfig: the file that names the server.
    ///   - home: a folder for kubectl's caches; beside the kubeconfig unless told.
    ///   - plugins: a folder with plugins.
    package init(kubeconfig: String, home: String? = nil, plugins: String? = nil) {
        self.kubeconfig = kubeconfig
        self.plugins = plugins
        self.home = home ?? URL(filePath: kubeconfig).deletingLastPathComponent().path + "/kubectl-home"
    }

    package init(_ nest: NestProcess, plugins: String? = nil) {
        self.init(kubeconfig: nest.ready.kubeconfig, plugins: plugins)
    }

    /// Runs kubectl; a non-zero exit is a failure of the test.
    @discardableResult
    package func callAsFunction(_ arguments: String..., input: String? = nil) async throws -> String {
        let result = try await attempt(arguments, input: input)
        guard result.status == 0 else {
            throw NestProcess.Failure(description: "kubectl \(arguments.joined(separator: " ")): \(result.errors)")
        }
        return result.output
    }

    /// Runs kubectl, whatever comes of it.
    package func attempt(
        _ arguments: [String], input: String? = nil, environment extra: [String: String] = [:]
    ) async throws -> Result {
        var environment = ["KUBECONFIG": kubeconfig, "HOME": home]
        if let plugins { environment["PATH"] = plugins + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "") }
        return try await Program.run(
            "kubectl", arguments, input: input, environment: environment.merging(extra) { $1 })
    }
}
