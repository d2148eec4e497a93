import Foundation
import KubeAPI
import TestProcesses
import Testing

/// The real kubectl, as people use it, against whichever server.
@Suite struct KubectlTests {
    private static let version = CustomKind.version(
        spec: [
            "type": "object", "description": "What is wanted.",
            "properties": [
                "replicas": ["type": "integer", "default": 1, "description": "How many."],
                "color": ["type": "string", "enum": ["red", "green"]],
                "parts": [
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": ["type": "object", "required": ["name"], "properties": ["name": ["type": "string"]]],
                ],
            ],
        ],
        status: [
            "type": "object",
            "properties": [
                "replicas": ["type": "integer"],
                "conditions": [
                    "type": "array",
                    "items": [
                        "type": "object", "properties": ["type": ["type": "string"], "status": ["type": "string"]],
                    ],
                ],
            ],
        ],
        extra: [
            "subresources": [
                "status": [:],
                "scale": ["specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"],
            ]
        ])

    /// Runs `body` with the kind, its short name and a kubectl that is set to the namespace.
    private func run(_ body: @Sendable (CustomKind, Drive) async throws -> Void) async throws {
        try await CustomKind.run(versions: [Self.version]) { kind in try await body(kind, Drive(kind.space)) }
    }

    private static func manifest(_ kind: CustomKind, _ spec: String = "{replicas: 2, color: red}") -> String {
        """
        apiVersion: \(kind.group)/v1
        kind: Widget
        metadata: {name: one, labels: {app: a}}
        spec: \(spec)
        """
    }

    @Test func createApplyGetDiffReplaceDelete() async throws {
        try await run { kind, kubectl in
            let (name, manifest) = ("widget.\(kind.group)/one", Self.manifest(kind))
            #expect(try await kubectl("create", "-f", "-", input: manifest) == "\(name) created\n")
            let again = try await kubectl.attempt("create", "-f", "-", input: manifest)
            #expect(again.status == 1 && again.errors.contains("(AlreadyExists)"))
            // An object that was created without it is annotated by its first apply.
            #expect(try await kubectl("apply", "-f", "-", input: manifest) == "\(name) configured\n")
            #expect(try await kubectl("apply", "-f", "-", input: manifest) == "\(name) unchanged\n")

            let next = Self.manifest(kind, "{color: green}")
            let difference = try await kubectl.attempt("diff", "-f", "-", input: next)
            #expect(difference.status == 1 && difference.output.contains("+  color: green"), "\(difference)")
            #expect(difference.output.contains("-  color: red"))
            #expect(
                try await kubectl("apply", "--dry-run=server", "-f", "-", input: next).contains(
                    "configured (server dry run)"))
            #expect(try await kubectl("get", kind.name, "one", "-o", "jsonpath={.spec.color}") == "red")
            #expect(try await kubectl("apply", "-f", "-", input: next) == "\(name) configured\n")
            #expect(
                try await kubectl("get", kind.name, "one", "-o", "jsonpath={.spec.color} {.spec.replicas}")
                    == "green 1",
                "what is no longer given falls back to its default")
            let clean = try await kubectl.attempt("diff", "-f", "-", input: next)
            #expect(clean.status == 0 && clean.output.isEmpty)

            let whole = try await kubectl("get", kind.name, "one", "-o", "yaml")
            #expect(try await kubectl("replace", "-f", "-", input: whole) == "\(name) replaced\n")
            #expect(try await kubectl("get", kind.name, "-o", "name") == "\(name)\n")
            #expect(try await kubectl("get", kind.name, "-l", "app=b", "-o", "name").isEmpty)
            #expect(
                try await kubectl("delete", kind.name, "one").hasPrefix(
                    "\(name.replacing("/one", with: "")) \"one\" deleted"))
            let gone = try await kubectl.attempt("get", kind.name, "one")
            #expect(gone.status == 1 && gone.errors.contains("(NotFound)"))
            #expect(try await kubectl("delete", kind.name, "one", "--ignore-not-found").isEmpty)
        }
    }

    @Test func patchEditLabelAnnotateScale() async throws {
        try await run { kind, kubectl in
            let target = [kind.name, "one"]
            try await kubectl("apply", "-f", "-", input: Self.manifest(kind))
            func field(_ path: String) async throws -> String {
                try await kubectl(["get"] + target + ["-o", "jsonpath={\(path)}"])
            }
            try await kubectl(["patch"] + target + ["--type=merge", "-p", #"{"spec":{"color":"green"}}"#])
            #expect(try await field(".spec.color") == "green")
            let json = #"[{"op":"replace","path":"/spec/color","value":"red"}]"#
            try await kubectl(["patch"] + target + ["--type=json", "-p", json])
            #expect(try await field(".spec.color") == "red")
            let strategic = try await kubectl.attempt(["patch"] + target + ["-p", "{}"])
            #expect(strategic.status == 1 && strategic.errors.contains("strategic-merge-patch"))
            let bad = try await kubectl.attempt(
                ["patch"] + target + ["--type=merge", "-p", #"{"spec":{"color":"blue"}}"#])
            #expect(bad.status == 1 && bad.errors.contains("spec.color: Unsupported value: \"blue\""), "\(bad.errors)")

            try await kubectl(["edit"] + target, environment: ["KUBE_EDITOR": "sed -i 's/color: red/color: green/'"])
            #expect(try await field(".spec.color") == "green")
            try await kubectl(["label"] + target + ["x=y", "app-"])
            #expect(try await field(".metadata.labels") == #"{"x":"y"}"#)
            try await kubectl(["annotate"] + target + ["note=a b"])
            #expect(try await field(".metadata.annotations.note") == "a b")

            #expect(try await kubectl(["scale"] + target + ["--replicas=5"]).hasSuffix(" scaled\n"))
            let wrong = try await kubectl.attempt(["scale"] + target + ["--replicas=6", "--current-replicas=2"])
            #expect(wrong.status == 1)
            #expect(try await field(".spec.replicas") == "5")
            try await kubectl(
                ["patch"] + target + [
                    "--subresource=status", "--type=merge", "-p", #"{"status":{"replicas":5}}"#,
                ])
            #expect(try await field(".status.replicas") == "5")
            #expect(
                try await kubectl(["get"] + target + ["--subresource=scale", "-o", "jsonpath={.spec.replicas}"]) == "5")
        }
    }

    @Test func waitAndWatch() async throws {
        try await run { kind, kubectl in
            try await kubectl("apply", "-f", "-", input: Self.manifest(kind))
            let watch = try kubectl.start(["get", kind.name, "-w", "-o", "jsonpath={.spec.color}{\"\\n\"}"])
            #expect(await watch.nextLine(within: .seconds(30)) == "red")
            async let ready = kubectl.attempt("wait", "--for=condition=Ready", kind.name + "/one", "--timeout=60s")
            async let three = kubectl.attempt(
                "wait", "--for=jsonpath={.status.replicas}=3", kind.name + "/one", "--timeout=60s")
            let status: JSONValue = ["status": ["replicas": 3, "conditions": [["type": "Ready", "status": "True"]]]]
            try await kind.client.patch(kind.path("one") + "/status", status).expecting(200)
            #expect(await watch.nextLine(within: .seconds(30)) == "red", "the change of its status")
            #expect(try await ready.status == 0)
            #expect(try await three.status == 0)
            try await kind.client.patch(kind.path("one"), ["spec": ["color": "green"]]).expecting(200)
            #expect(await watch.nextLine(within: .seconds(30)) == "green")
            await watch.kill()
            async let gone = kubectl.attempt("wait", "--for=delete", kind.name + "/one", "--timeout=60s")
            try await kubectl("delete", kind.name, "--all")
            #expect(try await gone.status == 0)
            let never = try await kubectl.attempt("wait", "--for=condition=Ready", kind.name + "/none", "--timeout=1s")
            #expect(never.status == 1 && never.errors.contains("(NotFound)"))
        }
    }

    @Test func explainAndDiscover() async throws {
        try await run { kind, kubectl in
            try await Eventually.holds("the schema is published", within: .seconds(60)) {
                let answer = try await kubectl.attempt("explain", "\(kind.name).spec.replicas")
                return answer.status == 0 && answer.output.contains("How many.") && answer.output.contains("<integer>")
            }
            #expect(try await kubectl("explain", kind.name).contains("What is wanted."))
            #expect(try await kubectl("explain", "configmaps").contains("data\t<map[string]string>"))
            let resources = try await kubectl("api-resources", "--api-group=\(kind.group)", "--no-headers")
            let words = resources.split(separator: " ", omittingEmptySubsequences: true).map {
                $0.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            #expect(words == ["widgets", "w\(kind.group.prefix(9))", "\(kind.group)/v1", "true", "Widget"])
            #expect(try await kubectl("api-versions").contains("\(kind.group)/v1\n"))
            #expect(try await kubectl("version").contains("Server Version: v1."))
            #expect(try await kubectl("get", "--raw", "/readyz") == "ok")
            #expect(try await kubectl("get", kind.category, "-o", "name").isEmpty)
        }
    }

    @Test func validationIsTold() async throws {
        try await run { kind, kubectl in
            let odd = Self.manifest(kind, "{colour: red}")
            let refused = try await kubectl.attempt("apply", "-f", "-", input: odd)
            #expect(
                refused.status == 1 && refused.errors.contains(#"unknown field "spec.colour""#), "\(refused.errors)")
            let warned = try await kubectl.attempt("apply", "--validate=warn", "-f", "-", input: odd)
            #expect(warned.status == 0 && warned.errors.contains(#"Warning: unknown field "spec.colour""#))
            let silent = try await kubectl.attempt("apply", "--validate=ignore", "-f", "-", input: odd)
            #expect(silent.status == 0 && !silent.errors.contains("Warning"))
            let typed = try await kubectl.attempt("apply", "-f", "-", input: Self.manifest(kind, "{replicas: many}"))
            #expect(typed.status == 1 && typed.errors.contains("spec.replicas"), "\(typed.errors)")
        }
    }

    @Test func builtInKinds() async throws {
        try await run { kind, kubectl in
            try await kubectl("create", "configmap", "c", "--from-literal=a=1", "--from-literal=b=2")
            #expect(try await kubectl("get", "cm", "c", "-o", "jsonpath={.data.b}") == "2")
            try await kubectl("create", "secret", "generic", "s", "--from-literal=k=v")
            #expect(try await kubectl("get", "secret", "s", "-o", "jsonpath={.data.k}") == "dg==")
            try await kubectl("create", "serviceaccount", "robot")
            try await kubectl("patch", "cm", "c", "-p", #"{"data":{"c":"3"}}"#)
            let table = try await kubectl("get", "cm", "c", "--no-headers").split(separator: " ")
            #expect(table.prefix(2) == ["c", "3"])
            let list = """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: d}, data: {a: b}}
                - {apiVersion: v1, kind: Secret, metadata: {name: t}, stringData: {a: b}}
                """
            #expect(try await kubectl("apply", "-f", "-", input: list) == "configmap/d created\nsecret/t created\n")
            let pruned = list.replacing("data: {a: b}}\n- ", with: "data: {c: d}}\n- ")
            try await kubectl("apply", "-f", "-", input: pruned)
            #expect(try await kubectl("get", "cm", "d", "-o", "jsonpath={.data}") == #"{"c":"d"}"#)
            #expect(try await kubectl("describe", "cm", "c").contains("Data\n===="))
            #expect(try await kubectl("get", "events", "-o", "name").isEmpty)
            #expect(try await kubectl("delete", "cm,secret", "--all").contains("configmap \"d\" deleted"))
            let other = "\(kind.space.namespace)-b"
            #expect(try await kubectl("create", "namespace", other) == "namespace/\(other) created\n")
            #expect(try await kubectl("delete", "namespace", other, "--timeout=90s").contains("deleted"))
        }
    }
}

/// kubectl in one namespace; few at once, because each takes a core for a moment.
struct Drive: Sendable {
    private static let gate = Turnstile(3)
    private let kubectl: Kubectl
    private let namespace: String

    init(_ space: Space) {
        kubectl = space.kubectl
        namespace = space.namespace
    }

    @discardableResult
    func callAsFunction(_ words: String..., input: String? = nil) async throws -> String {
        try await callAsFunction(words, input: input)
    }

    @discardableResult
    func callAsFunction(
        _ words: [String], input: String? = nil, environment: [String: String] = [:]
    ) async throws -> String {
        let result = try await attempt(words, input: input, environment: environment)
        guard result.status == 0 else {
            throw NestProcess.Failure(description: "kubectl \(words.joined(separator: " ")): \(result.errors)")
        }
        return result.output
    }

    func attempt(_ words: String..., input: String? = nil) async throws -> Kubectl.Result {
        try await attempt(words, input: input)
    }

    func attempt(
        _ words: [String], input: String? = nil, environment: [String: String] = [:]
    ) async throws -> Kubectl.Result {
        // Those that wait do nothing meanwhile.
        if words.first == "wait" { return try await kubectl.attempt(["-n", namespace] + words) }
        return try await Self.gate.pass {
            try await kubectl.attempt(["-n", namespace] + words, input: input, environment: environment)
        }
    }

    /// Starts one that goes on until it is killed.
    func start(_ words: [String]) throws -> Child {
        var environment = ProcessInfo.processInfo.environment
        environment["KUBECONFIG"] = kubectl.kubeconfig
        environment["HOME"] = kubectl.home
        return try Child(
            "/usr/bin/env", ["kubectl", "-n", namespace] + words, environment: environment, errors: "/dev/null")
    }
}
