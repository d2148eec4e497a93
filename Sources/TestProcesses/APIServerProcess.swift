import Foundation

/// What is common to all ways of running `nest apiserver`.
package enum APIServerProcess {
    package static func arguments(data: String) -> [String] { ["apiserver", "--data", data, "--port", "0"] }

    /// Waits until the server of a data directory answers.
    /// - Returns: its kubeconfig.
    package static func waitUntilReady(data: String) async throws -> String {
        let kubeconfig = data + "/kubeconfig"
        try await Eventually.holds("nest apiserver with --data \(data) is ready", within: .seconds(60)) {
            guard FileManager.default.fileExists(atPath: kubeconfig) else { return false }
            let client = try APIClient(kubeconfig: kubeconfig)
            let answer = try? await client.get("/readyz")
            await client.shutdown()
            return answer?.code == 200
        }
        return kubeconfig
    }
}
