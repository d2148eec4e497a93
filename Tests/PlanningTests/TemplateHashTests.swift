import NestAPI
import Testing

@testable import Planning

@Suite struct TemplateHashTests {
    @Test func namesATemplateForEver() throws {
        // A changed value would start a rollout of every deployment when Nest is upgraded.
        let hash = try SandboxTemplate.sample().hash(collisions: nil)
        #expect(hash == "64d67dd6cc")
        #expect((1...10).contains(hash.count))
        #expect(hash.allSatisfy { GeneratedName.alphabet.contains($0) })
    }

    @Test func differsWithTheTemplateAndWithCollisions() throws {
        let template = SandboxTemplate.sample()
        var hashes: Set<String> = [try template.hash(collisions: nil)]
        for collisions in 1...20 { hashes.insert(try template.hash(collisions: collisions)) }
        for index in 0..<100 { hashes.insert(try SandboxTemplate.sample("index.f\(index)").hash(collisions: nil)) }
        #expect(hashes.count == 121)
    }

    @Test func whereItMayGoIsPartOfTheTemplate() throws {
        let plain = try SandboxTemplate.sample().hash(collisions: nil)
        let changes: [(inout SandboxTemplateSpec) -> Void] = [
            { $0.tolerations = [Toleration(operator: .exists)] }, { $0.nodeSelector = ["a": "b"] },
            { $0.affinity = Affinity() }, { $0.preemptionPolicy = .never },
        ]
        for change in changes {
            var template = SandboxTemplate.sample()
            change(&template.spec)
            #expect(try template.hash(collisions: nil) != plain)
        }
    }

    @Test func ignoresTheLabelsOfControllers() throws {
        var labelled = SandboxTemplate.sample()
        labelled.metadata.labels[NestGroup.templateHashLabel] = "x"
        labelled.metadata.labels[NestGroup.deploymentLabel] = "hello"
        #expect(try labelled.hash(collisions: nil) == SandboxTemplate.sample().hash(collisions: nil))
        #expect(labelled.isSame(as: .sample()))
        labelled.metadata.labels["other"] = "x"
        #expect(!labelled.isSame(as: .sample()))
    }
}
