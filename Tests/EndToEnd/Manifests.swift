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

    /// A SandboxDeployment of one Java class, whose source is in the object.
    static func java(_ source: String, name: String, handler: String = "F", extra: String = "") -> String {
        package(name, "inline: {F.java: \(quoted(source))}", handler: handler, extra: extra)
            .replacing("runtime: nodejs", with: "runtime: jvm")
    }

    /// A Java function that answers with what the statements write, which see `request` and `response`.
    static func servlet(_ statements: String, members: String = "") -> String {
        """
        import dev.nest.function.*;
        public class F implements HttpHandler {
            \(members)
            public void handle(HttpRequest request, HttpResponse response) throws Exception { \(statements) }
        }
        """
    }

    static func greeter(_ greeting: String) -> String {
        "exports.handler = (req, res) => res.end(`\(greeting) ${req.method} ${req.url}`);"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
