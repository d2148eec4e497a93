import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct SpreadTests {
    private static func zoned(_ name: String, _ zone: String?, labels: [String: String] = [:]) -> SandboxNode {
        roomy(name, labels: labels.merging(zone.map { ["zone": $0] } ?? [:]) { $1 })
    }

    private static func strict(_ change: (inout TopologySpreadConstraint) -> Void = { _ in }) -> Sandbox {
        var constraint = TopologySpreadConstraint(topologyKey: "zone", whenUnsatisfiable: .doNotSchedule)
        change(&constraint)
        return sandbox("s", labels: ["app": "web", "v": "2"]) { $0.topologySpreadConstraints = [constraint] }
    }

    struct Row: Sendable {
        /// Sandboxes of the deployment in zones a, b and c.
        var counts: [Int]
        var maxSkew = 1
        /// nil: nowhere.
        var goes: Set<String>
    }

    /// "maxSkew 1 over 3 zones", as in the Kubernetes documentation.
    @Test(arguments: [
        Row(counts: [0, 0, 0], goes: ["a", "b", "c"]),
        Row(counts: [1, 0, 0], goes: ["b", "c"]),
        Row(counts: [1, 1, 0], goes: ["c"]),
        Row(counts: [1, 1, 1], goes: ["a", "b", "c"]),
        Row(counts: [2, 2, 1], goes: ["c"]),
        Row(counts: [2, 1, 0], maxSkew: 2, goes: ["b", "c"]),
        Row(counts: [5, 0, 5], goes: ["b"]),
    ])
    func keepsTheSkew(_ row: Row) {
        var allowed: Set<String> = []
        // Each zone in turn is the only open one, so that scores do not matter.
        for open in ["a", "b", "c"] {
            var cache = cache(["a", "b", "c"].map { Self.zoned($0, $0) })
            for (zone, count) in zip(["a", "b", "c"], row.counts) {
                for index in 0..<count { cache.assume(sandbox("\(zone)\(index)"), on: zone) }
            }
            for closed in ["a", "b", "c"] where closed != open {
                var node = Self.zoned(closed, closed)
                node.status.allocatable?.sandboxes = row.counts[["a", "b", "c"].firstIndex(of: closed) ?? 0]
                cache.set(node)
            }
            if cache.schedule(Self.strict { $0.maxSkew = row.maxSkew }).node == open { allowed.insert(open) }
        }
        #expect(allowed == row.goes)
    }

    @Test func aNodeWithoutTheLabelIsNoDomainAndNoPlace() {
        var cache = cache([Self.zoned("a", nil)])
        #expect(
            cache.schedule(Self.strict()).reasons
                == "0/1 pods are available: 1 pod(s) didn't match sandbox topology spread constraints "
                + "(missing required label).")
    }

    @Test func theSelectorSaysWhoIsCounted() {
        var cache = cache([Self.zoned("a", "1"), Self.zoned("b", "2")])
        cache.assume(sandbox("x", of: "x", labels: ["app": "web", "v": "1"]), on: "a")
        let web = LabelSelector(matchLabels: ["app": "web"])
        cache.set(
            node("b") {
                $0.metadata.labels["zone"] = "2"; $0.status.allocatable?.sandboxes = 0
            })
        // Of the own deployment there is none yet.
        #expect(cache.schedule(Self.strict()).node == "a")
        #expect(cache.schedule(Self.strict { $0.labelSelector = web }).node == nil)
        // Of the own version there is none, either.
        #expect(
            cache.schedule(
                Self.strict {
                    $0.labelSelector = web
                    $0.matchLabelKeys = ["v"]
                }
            ).node == "a")
    }

    @Test func minDomainsCountsMissingZonesAsEmpty() {
        var cache = cache([Self.zoned("a", "1"), Self.zoned("b", "2")])
        cache.assume(sandbox("1"), on: "a")
        cache.assume(sandbox("2"), on: "b")
        #expect(cache.schedule(Self.strict()).node != nil)
        #expect(cache.schedule(Self.strict { $0.minDomains = 3 }).node == nil)
        #expect(cache.schedule(Self.strict { $0.minDomains = 2 }).node != nil)
    }

    @Test func nodesThatAreExcludedAreNoDomainsUnlessAskedFor() {
        var cache = cache([
            Self.zoned("a", "1", labels: ["disk": "ssd"]), Self.zoned("b", "2"),
        ])
        cache.assume(sandbox("1"), on: "a")
        func picky(_ policy: TopologySpreadConstraint.NodePolicy?) -> Sandbox {
            var sandbox = Self.strict { $0.nodeAffinityPolicy = policy }
            sandbox.spec.template.nodeSelector = ["disk": "ssd"]
            return sandbox
        }
        #expect(cache.schedule(picky(nil)).node == "a")
        #expect(cache.schedule(picky(.ignore)).node == nil)
        var tainted = Self.zoned("b", "2")
        tainted.spec.taints = [Taint(key: "t", effect: .noSchedule)]
        cache.set(tainted)
        #expect(cache.schedule(Self.strict()).node == nil)
        #expect(cache.schedule(Self.strict { $0.nodeTaintsPolicy = .honor }).node == "a")
    }

    @Test func thoseOnTheirWayOutAreNotCounted() {
        var cache = cache([Self.zoned("a", "1"), Self.zoned("b", "2")])
        let leaving = sandbox("x").bound(to: "a")
        cache.observe(leaving)
        cache.set(
            node("b") {
                $0.metadata.labels["zone"] = "2"; $0.status.allocatable?.sandboxes = 0
            })
        #expect(cache.schedule(Self.strict()).node == nil)
        cache.observe(leaving.terminating())
        #expect(cache.schedule(Self.strict()).node == "a")
    }
}
