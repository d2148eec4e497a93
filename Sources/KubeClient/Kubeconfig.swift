/// kubectl's configuration file (`clientcmd/api/v1 Config`), as far as it says how to reach a server.
///
/// Users that authenticate with `exec` or `auth-provider` plugins are refused by `ClientConfiguration(kubeconfig:)`.
public struct Kubeconfig: Codable, Sendable, Equatable {
    public struct Cluster: Codable, Sendable, Equatable {
        public var server: String
        public var certificateAuthority: String?
        /// Base64 of the PEM.
        public var certificateAuthorityData: String?
        public var insecureSkipTLSVerify: Bool?

        public init(server: String, certificateAuthorityData: String? = nil) {
            self.server = server
            self.certificateAuthorityData = certificateAuthorityData
        }

        private enum CodingKeys: String, CodingKey {
            case server
            case certificateAuthority = "certificate-authority"
            case certificateAuthorityData = "certificate-authority-data"
            case insecureSkipTLSVerify = "insecure-skip-tls-verify"
        }
    }

    public struct User: Codable, Sendable, Equatable {
        public var token: String?
        public var tokenFile: String?
        public var clientCertificate: String?
        public var clientCertificateData: String?
        public var clientKey: String?
        public var clientKeyData: String?
        /// Whether there is a plugin; what it says is not kept.
        var exec: Plugin?
        var authProvider: Plugin?

        struct Plugin: Codable, Sendable, Equatable {}

        public init(token: String? = nil) { self.token = token }

        private enum CodingKeys: String, CodingKey {
            case token, tokenFile, exec
            case authProvider = "auth-provider"
            case clientCertificate = "client-certificate"
            case clientCertificateData = "client-certificate-data"
            case clientKey = "client-key"
            case clientKeyData = "client-key-data"
        }
    }

    public struct Context: Codable, Sendable, Equatable {
        public var cluster: String
        public var user: String
        public var namespace: String?

        public init(cluster: String, user: String, namespace: String? = nil) {
            self.cluster = cluster
            self.user = user
            self.namespace = namespace
        }
    }

    public struct NamedCluster: Codable, Sendable, Equatable {
        public var name: String
        public var cluster: Cluster
    }

    public struct NamedUser: Codable, Sendable, Equatable {
        public var name: String
        public var user: User
    }

    public struct NamedContext: Codable, Sendable, Equatable {
        public var name: String
        public var context: Context
    }

    public var apiVersion: String
    public var kind: String
    public var clusters: [NamedCluster]
    public var users: [NamedUser]
    public var contexts: [NamedContext]
    public var currentContext: String

    private enum CodingKeys: String, CodingKey {
        case apiVersion, kind, clusters, users, contexts
        case currentContext = "current-context"
    }

    /// One that says nothing.
    public init() {
        (apiVersion, kind, currentContext) = ("v1", "Config", "")
        (clusters, users, contexts) = ([], [], [])
    }

    /// One cluster, one user and one context, all called `name`.
    public init(name: String, cluster: Cluster, user: User, namespace: String? = nil) {
        apiVersion = "v1"
        kind = "Config"
        clusters = [NamedCluster(name: name, cluster: cluster)]
        users = [NamedUser(name: name, user: user)]
        contexts = [
            NamedContext(name: name, context: Context(cluster: name, user: name, namespace: namespace))
        ]
        currentContext = name
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        apiVersion = try container.decodeIfPresent(String.self, forKey: .apiVersion) ?? "v1"
        kind = try container.decodeIfPresent(String.self, forKey: .kind) ?? "Config"
        clusters = try container.decodeIfPresent([NamedCluster].self, forKey: .clusters) ?? []
        users = try container.decodeIfPresent([NamedUser].self, forKey: .users) ?? []
        contexts = try container.decodeIfPresent([NamedContext].self, forKey: .contexts) ?? []
        currentContext = try container.decodeIfPresent(String.self, forKey: .currentContext) ?? ""
    }
}
