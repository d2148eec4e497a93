import FoundationEssentials

extension ClientConfiguration {
    /// What the current context of a kubeconfig says.
    ///
    /// Relative file names are relative to `directory`.
    public init(kubeconfig: Kubeconfig, directory: String = ".") throws(KubeconfigError) {
        let context = try kubeconfig.current()
        guard let cluster = kubeconfig.clusters.first(where: { $0.name == context.cluster })?.cluster else {
            throw KubeconfigError("kubeconfig: clusters has no '\(context.cluster)', which the current context names")
        }
        let files = KubeconfigFiles(directory: directory)
        self.init(server: cluster.server, namespace: context.namespace ?? "default")
        caPEM = try files.pem(
            data: cluster.certificateAuthorityData, file: cluster.certificateAuthority, field: "certificate-authority")
        insecureSkipVerify = cluster.insecureSkipTLSVerify ?? false
        if context.user.isEmpty { return }
        guard let user = kubeconfig.users.first(where: { $0.name == context.user })?.user else {
            throw KubeconfigError("kubeconfig: users has no '\(context.user)', which the current context names")
        }
        guard user.exec == nil, user.authProvider == nil else {
            throw KubeconfigError(
                "kubeconfig: user '\(context.user)' needs an exec or auth-provider plugin, which is not supported; "
                    + "use a token or a client certificate")
        }
        token = user.token
        tokenFile = user.tokenFile.map(files.path)
        clientCertificatePEM = try files.pem(
            data: user.clientCertificateData, file: user.clientCertificate, field: "client-certificate")
        clientKeyPEM = try files.pem(data: user.clientKeyData, file: user.clientKey, field: "client-key")
        guard (clientCertificatePEM == nil) == (clientKeyPEM == nil) else {
            throw KubeconfigError("kubeconfig: user '\(context.user)' needs both client-certificate and client-key")
        }
    }

    /// Reads a kubeconfig that is written as JSON.
    public init(jsonFile path: String) throws {
        let files = KubeconfigFiles(directory: "")
        let text = try files.read(path, field: "kubeconfig")
        let kubeconfig: Kubeconfig
        do {
            kubeconfig = try JSONDecoder().decode(Kubeconfig.self, from: Data(text.utf8))
        } catch {
            throw KubeconfigError("kubeconfig \(path) is not a kubeconfig in JSON: \(error)")
        }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try self.init(kubeconfig: kubeconfig, directory: directory)
    }

    /// What Kubernetes gives every pod: a service account's token, which rotates, and the cluster's authority.
    public static func inCluster(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        directory: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubeconfigError) -> ClientConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw KubeconfigError(
                "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; give a kubeconfig")
        }
        let files = KubeconfigFiles(directory: directory)
        let address = host.contains(":") ? "[\(host)]" : host
        var configuration = ClientConfiguration(server: "https://\(address):\(port)")
        configuration.caPEM = try files.read(files.path("ca.crt"), field: "service account")
        configuration.tokenFile = files.path("token")
        if let namespace = try? files.read(files.path("namespace"), field: "service account") {
            configuration.namespace = namespace
        }
        return configuration
    }
}

extension Kubeconfig {
    /// A kubeconfig whose current context is `configuration`.
    public init(name: String, configuration: ClientConfiguration) {
        func base64(_ text: String?) -> String? { text.map { Data($0.utf8).base64EncodedString() } }
        var cluster = Cluster(server: configuration.server, certificateAuthorityData: base64(configuration.caPEM))
        if configuration.insecureSkipVerify { cluster.insecureSkipTLSVerify = true }
        var user = User(token: configuration.token)
        user.tokenFile = configuration.tokenFile
        user.clientCertificateData = base64(configuration.clientCertificatePEM)
        user.clientKeyData = base64(configuration.clientKeyPEM)
        self.init(name: name, cluster: cluster, user: user, namespace: configuration.namespace)
    }

    /// The same with file names that hold wherever it is read from.
    /// - Parameter directory: where the kubeconfig is, to which its relative file names are relative.
    /// - Returns: one that may be merged with others from elsewhere.
    public func resolved(in directory: String) -> Kubeconfig {
        let files = KubeconfigFiles(directory: directory)
        var resolved = self
        for index in clusters.indices {
            resolved.clusters[index].cluster.certificateAuthority =
                clusters[index].cluster.certificateAuthority.map(files.path)
        }
        for index in users.indices {
            let user = users[index].user
            resolved.users[index].user.tokenFile = user.tokenFile.map(files.path)
            resolved.users[index].user.clientCertificate = user.clientCertificate.map(files.path)
            resolved.users[index].user.clientKey = user.clientKey.map(files.path)
        }
        return resolved
    }

    /// Takes in what another file says besides: of two entries of one name the first counts, whole, and so does the first
    /// current context.
    ///
    /// Source: the rules for `KUBECONFIG` in client-go `tools/clientcmd` (`ClientConfigLoadingRules`).
    public mutating func merge(_ later: Kubeconfig) {
        let (clusters, users, contexts) =
            (Set(clusters.map(\.name)), Set(users.map(\.name)), Set(contexts.map(\.name)))
        self.clusters += later.clusters.filter { !clusters.contains($0.name) }
        self.users += later.users.filter { !users.contains($0.name) }
        self.contexts += later.contexts.filter { !contexts.contains($0.name) }
        if currentContext.isEmpty { currentContext = later.currentContext }
    }

    fileprivate func current() throws(KubeconfigError) -> Context {
        guard !currentContext.isEmpty else {
            throw KubeconfigError("kubeconfig: current-context is not set; run kubectl config use-context NAME")
        }
        guard let context = contexts.first(where: { $0.name == currentContext })?.context else {
            throw KubeconfigError("kubeconfig: contexts has no '\(currentContext)', which current-context names")
        }
        return context
    }
}

/// Reads what a kubeconfig refers to.
private struct KubeconfigFiles {
    let directory: String

    func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(directory)/\(name)" }

    func pem(data: String?, file: String?, field: String) throws(KubeconfigError) -> String? {
        if let data {
            guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters),
                let text = String(bytes: bytes, encoding: .utf8)
            else { throw KubeconfigError("kubeconfig: \(field)-data is not base64 of a PEM text") }
            return text
        }
        guard let file else { return nil }
        return try read(path(file), field: field)
    }

    func read(_ path: String, field: String) throws(KubeconfigError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw KubeconfigError("\(field): cannot read \(path): \(error)")
        }
    }
}
