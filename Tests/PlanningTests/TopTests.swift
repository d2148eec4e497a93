import KubeAPI
import NestAPI
import Planning
import Testing

@Suite struct TopTests {
    private static func sandbox(_ namespace: String, _ name: String, _ milli: Int64?, _ mebibytes: Int64 = 0) -> Sandbox
    {
        let template = SandboxTemplateSpec(handler: "index.handler", package: .init())
        var sandbox = Sandbox(
            metadata: ObjectMeta(name: name, namespace: namespace), spec: SandboxSpec(template: template))
        sandbox.status.usage = milli.map { ResourceUsage(cpu: .milliCPU($0), memory: .bytes(mebibytes << 20)) }
        return sandbox
    }

    private static let table = UsageTable([
        sandbox("b", "x", 1000, 9), sandbox("a", "long-name", 12, 2048), sandbox("a", "new", nil),
    ])

    @Test func isAsKubectlsIs() {
        #expect(
            Self.table.text(order: nil, showsNamespace: false, hasHeader: true) == """
                NAME        CPU(cores)   MEMORY(bytes)
                long-name   12m          2048Mi
                x           1000m        9Mi

                """)
        #expect(
            Self.table.text(order: .cpu, showsNamespace: true, hasHeader: false) == """
                b   x           1000m   9Mi
                a   long-name   12m     2048Mi

                """)
        #expect(Self.table.text(order: .memory, showsNamespace: false, hasHeader: false).hasPrefix("long-name"))
        #expect(UsageTable([Self.sandbox("a", "new", nil)]).isEmpty)
    }

    @Test func nodesHaveShares() {
        var node = SandboxNode(metadata: ObjectMeta(name: "p", namespace: "a"), spec: .init(pool: "default"))
        node.status.capacity = .init(cpu: .milliCPU(2000), memory: .bytes(1 << 30), sandboxes: 9)
        node.status.usage = ResourceUsage(cpu: .milliCPU(500), memory: .bytes(512 << 20))
        let other = SandboxNode(metadata: ObjectMeta(name: "q", namespace: "a"), spec: .init(pool: "default"))
        #expect(
            UsageTable([other, node]).text(order: .memory, showsNamespace: false, hasHeader: true) == """
                NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)
                p      500m         25%         512Mi           50%
                q      <unknown>    <unknown>   <unknown>       <unknown>

                """)
    }

    @Test(
        arguments: [
            (["sbx"], TopTarget.Kind.sandboxes, nil), (["Sandboxes.nest.dev", "a"], .sandboxes, "a"),
            (["sbn/p"], .nodes, "p"), (["sandboxnode"], .nodes, nil),
        ] as [([String], TopTarget.Kind, String?)])
    func reads(words: [String], kind: TopTarget.Kind, name: String?) throws {
        let target = try TopTarget(words, selector: nil, allNamespaces: false)
        #expect(target.kind == kind && target.name == name)
    }

    @Test(
        arguments: [
            ([], nil, false, "give sbx"), (["pods"], nil, false, "use kubectl top"),
            (["sbx", "a", "b"], nil, false, "one name"),
            (["sbx/"], nil, false, "one name"), (["sbx", "a"], "x=y", false, "selector"),
            (["sbx", "a"], nil, true, "across all namespaces"),
        ] as [([String], String?, Bool, String)])
    func refuses(words: [String], selector: String?, all: Bool, part: String) {
        let error = #expect(throws: TopError.self) {
            try TopTarget(words, selector: selector, allNamespaces: all)
        }
        #expect(error?.description.contains(part) == true)
    }
}
