/// Objects as a user would write them.
enum Manifests {
    /// A SandboxDeployment with one inline file.
    static func function(
        _ name: String, code: String, replicas: Int = 1, handler: String = "index.handler", extra: String = ""
    ) -> String {
        package(name, "inline: {index.js: \(quoted(code))}", replicas: replicas, handler: handler, extra: extra)
    }

    /// A SandboxDeployment with any package.
    static func package(
        _ name: String, _ package: String, replicas: Int = 1, handler: String = "index.handler", extra: String = ""
    ) -> String {
        """
        apiVersion: nest.dev/v1alpha1
        kind: SandboxDeployment
        metadata: {name: \(name)}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              runtime: nodejs
              handler: \(handler)
              package: {\(package)}
              terminationGracePeriodSeconds: 5
        \(extra)
        """
    }

    static func greeter(_ greeting: String) -> String {
        "exports.handler = (req, res) => res.end(`\(greeting) ${req.method} ${req.url}`);"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
