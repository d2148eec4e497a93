import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct ScoreTests {
    @Test func packsTightlyButSpreadsReplicas() {
        var cache = cache([node("a"), roomy("b", 9)])
        cache.assume(sandbox("x", of: "other"), on: "b")
        cache.assume(sandbox("y", of: "other", cpu: 500), on: "b")
        // The fuller one first; for a second replica the other.
        #expect(cache.schedule(sandbox("s")).node == "b")
        cache.assume(sandbox("s"), on: "b")
        #expect(cache.schedule(sandbox("t")).node == "a")
    }

    @Test func equalsGoToTheFirstByName() {
        var cache = cache([node("c"), node("a"), node("b")])
        #expect(cache.schedule(sandbox("s")).node == "a")
    }

    @Test func replicasSpreadOverZonesBeforePods() {
        func zoned(_ name: String, _ zone: String) -> SandboxNode { roomy(name, labels: [NestGroup.zoneLabel: zone]) }
        var cache = cache([zoned("a1", "a"), zoned("a2", "a"), zoned("b1", "b")])
        cache.assume(sandbox("1"), on: "a1")
        cache.assume(sandbox("2"), on: "b1")
        cache.assume(sandbox("3"), on: "a1")
        #expect(cache.schedule(sandbox("4")).node == "b1")
    }

    @Test func prefersWhereThePackageIs() {
        var cache = cache([node("a"), node("b") { $0.status.packages = ["d1"] }])
        let packed = sandbox("s") { $0.package = PackageSource(url: "file:///a", sha256: "d1") }
        #expect(cache.schedule(packed).node == "b")
    }

    @Test func avoidsAPreferredTaintUnlessItIsTolerated() {
        let taint = Taint(key: "old", effect: .preferNoSchedule)
        let old = node("a") { $0.spec.taints = [taint] }
        var both = cache([old, node("b")])
        #expect(both.schedule(sandbox("s")).node == "b")
        #expect(both.schedule(sandbox("s") { $0.tolerations = [Toleration(operator: .exists)] }).node == "a")
        var only = cache([old])
        #expect(only.schedule(sandbox("s")).node == "a")
    }

    @Test func weighsPreferredNodeAffinity() {
        var cache = cache([node("a"), node("b", labels: ["disk": "hdd"]), node("c", labels: ["disk": "ssd"])])
        func wish(_ value: String, _ weight: Int) -> NodeAffinity.Preference {
            .init(weight: weight, NodeSelectorTerm([.init("disk", .in, [value])]))
        }
        let picky = sandbox("s") {
            $0.affinity = Affinity(nodeAffinity: NodeAffinity(preferred: [wish("hdd", 10), wish("ssd", 90)]))
        }
        #expect(cache.schedule(picky).node == "c")
    }

    @Test func weighsPreferredAffinityOfBothSides() {
        let web = LabelSelector(matchLabels: ["app": "web"])
        var cache = cache([roomy("a"), roomy("b"), roomy("c")])
        cache.assume(sandbox("w", of: "w", labels: ["app": "web"]), on: "b")
        let near = sandbox("s") {
            $0.affinity = Affinity(
                sandboxAffinity: SandboxAffinity(preferred: [.init(weight: 50, .init(web, topologyKey: "host"))]))
        }
        #expect(cache.schedule(near).node == "b")
        let away = sandbox("s") {
            $0.affinity = Affinity(
                sandboxAntiAffinity: SandboxAffinity(preferred: [.init(weight: 50, .init(web, topologyKey: "host"))]))
        }
        #expect(cache.schedule(away).node == "a")
        // The wish of one that is there counts for one that comes.
        cache.assume(near, on: "c")
        #expect(cache.schedule(sandbox("v", of: "v", labels: ["app": "web"])).node == "c")
    }

    @Test func aSoftSpreadIsKeptWherePossible() {
        func zoned(_ name: String, _ zone: String) -> SandboxNode { roomy(name, labels: ["zone": zone]) }
        var cache = cache([zoned("a1", "a"), zoned("b1", "b")])
        let selector = LabelSelector(matchLabels: ["app": "web"])
        for name in ["1", "2"] { cache.assume(sandbox(name, of: name, labels: ["app": "web"]), on: "a1") }
        let spread = sandbox("s", of: "s", labels: ["app": "web"]) {
            $0.topologySpreadConstraints = [TopologySpreadConstraint(topologyKey: "zone", labelSelector: selector)]
        }
        #expect(cache.schedule(spread).node == "b1")
        cache.set(node("b1", labels: ["zone": "b"]) { $0.spec.unschedulable = true })
        #expect(cache.schedule(spread).node == "a1")
    }
}
