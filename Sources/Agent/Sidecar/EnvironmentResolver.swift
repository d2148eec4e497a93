import FoundationEssentials
import KubeAPI
import KubeClient
import NestAPI
import Packages
import Planning

/// Turns a sandbox's environment into values: its own, and those of Secrets and ConfigMaps.
struct EnvironmentResolver: Sendable {
    let client: KubeClient

    /// A value that is not there, in the user's words.
    struct Missing: Error {
        let failure: SandboxObservation.Failure
    }

    func resolve(_ sandbox: Sandbox, podName: String, address: String) async throws -> [String: String] {
        var values = [
            "NEST_SANDBOX": sandbox.metadata.name, "NEST_NAMESPACE": sandbox.metadata.namespace,
            "NEST_DEPLOYMENT": sandbox.metadata.labels[NestGroup.deploymentLabel] ?? "", "NEST_POD": podName,
            "NEST_POD_IP": address, "NEST_HANDLER": sandbox.spec.handler,
        ]
        if sandbox.spec.runtime == "nodejs" { values["NODE_ENV"] = "production" }
        var secrets: [String: Secret?] = [:]
        var maps: [String: ConfigMap?] = [:]
        let namespace = sandbox.metadata.namespace
        for variable in sandbox.spec.env {
            if let reference = variable.valueFrom?.secretKeyRef {
                if secrets[reference.name] == nil {
                    secrets[reference.name] = .some(try await find(Secret.self, namespace, reference.name))
                }
                let secret = secrets[reference.name].flatMap { $0 }
                let bytes = secret?.data?[reference.key].flatMap { Data(base64Encoded: $0) }
                let value = bytes.map { String(decoding: $0, as: UTF8.self) }
                try set(variable.name, value, reference, "Secret", exists: secret != nil, namespace, &values)
            } else if let reference = variable.valueFrom?.configMapKeyRef {
                if maps[reference.name] == nil {
                    maps[reference.name] = .some(try await find(ConfigMap.self, namespace, reference.name))
                }
                let map = maps[reference.name].flatMap { $0 }
                let value = map?.data?[reference.key]
                try set(variable.name, value, reference, "ConfigMap", exists: map != nil, namespace, &values)
            } else {
                values[variable.name] = variable.value ?? ""
            }
        }
        return values
    }

    /// Of the values whose change starts the sandbox again; empty when there are none.
    static func digest(_ values: [String: String], of sandbox: Sandbox) -> String {
        let watched = sandbox.spec.env.filter(\.restartsOnUpdate)
        guard !watched.isEmpty else { return "" }
        let text = watched.map { "\($0.name)=\(values[$0.name].map { "\($0.utf8.count):\($0)" } ?? "")" }
        return String(stableHash(text.joined(separator: "\n").utf8), radix: 16)
    }

    /// What the package's server is told, of the Secret that the package names.
    /// - Throws: `Missing`, and what keeps the Secret from being read.
    func credentials(_ source: PackageSource, namespace: String) async throws -> PackageCredentials? {
        guard let name = source.secretRef?.name else { return nil }
        let secret = try await find(Secret.self, namespace, name)
        func value(_ key: String) -> String? {
            let bytes = secret?.data?[key].flatMap { Data(base64Encoded: $0) }
            // A value that came from a file ends with a newline that nobody means.
            return bytes.map { String(decoding: $0, as: UTF8.self).filter { !$0.isNewline } }
        }
        if let token = value("token") { return .token(token) }
        if let username = value("username"), let password = value("password") {
            return .password(username: username, password: password)
        }
        let what = secret == nil ? "does not exist" : "has neither 'token' nor 'username' and 'password'"
        throw Missing(
            failure: .init(
                reason: "MissingReference", message: "package.secretRef: Secret \(namespace)/\(name) \(what)."))
    }

    private func find<T: KubeObject>(_ type: T.Type, _ namespace: String, _ name: String) async throws -> T? {
        do {
            return try await client.get(type, namespace: namespace, name: name)
        } catch let status as Status where status.isNotFound {
            return nil
        }
    }

    private func set(
        _ name: String, _ value: String?, _ reference: EnvVar.KeyReference, _ kind: String, exists: Bool,
        _ namespace: String, _ values: inout [String: String]
    ) throws(Missing) {
        if let value { return values[name] = value }
        if reference.optional { return }
        let what =
            exists
            ? "\(kind) \(namespace)/\(reference.name) has no key '\(reference.key)'"
            : "\(kind) \(namespace)/\(reference.name) does not exist (key '\(reference.key)')"
        throw Missing(
            failure: .init(
                reason: "MissingReference", message: "env \(name): \(what). Create it, or mark the reference optional.")
        )
    }
}
