import Foundation
import KubeClient
import KubeServer
import Yams

extension DataDirectory {
    /// Writes the kubeconfig of the API server on `port`, as YAML for people and as JSON for sidecars.
    @discardableResult
    func writeKubeconfigs(port: Int, identity: ServerIdentity) throws -> Kubeconfig {
        let authority = Data(identity.caCertificatePEM.utf8).base64EncodedString()
        let kubeconfig = Kubeconfig(
            name: "nest",
            cluster: .init(server: "https://127.0.0.1:\(port)", certificateAuthorityData: authority),
            user: .init(token: identity.token), namespace: "default")
        try Self.writePrivately(YAMLEncoder().encode(kubeconfig), to: self.kubeconfig)
        try Self.writePrivately(String(decoding: JSONEncoder().encode(kubeconfig), as: UTF8.self), to: agentKubeconfig)
        return kubeconfig
    }
}
