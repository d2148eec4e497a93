import KubeAPI
import NestAPI

@testable import Planning

/// What users, nodes and bad luck do.
extension SimulatedCluster {
    private mutating func edit(_ body: (inout SandboxDeployment) -> Void) {
        deployments.change(Self.deploymentUID) { deployment in
            let before = deployment.spec
            body(&deployment)
            if deployment.spec != before { deployment.metadata.generation += 1 }
        }
    }

    mutating func changeTemplate() {
        let handler = "index.v\(Int.random(in: 0..<4, using: &random))"
        edit { $0.spec.template.spec.handler = handler }
        say("template \(handler)")
    }

    mutating func changeSize() {
        let replicas = Int.random(in: 0...9, using: &random)
        edit { $0.spec.replicas = replicas }
        say("replicas \(replicas)")
    }

    mutating func changePause() {
        edit { $0.spec.paused.toggle() }
        say("paused \(deployment.spec.paused)")
    }

    mutating func changeStrategy() {
        edit { $0.spec.strategy.type = $0.spec.strategy.type == .recreate ? .rollingUpdate : .recreate }
        say("strategy \(deployment.spec.strategy.type)")
    }

    mutating func askForRollback() {
        let revision = Int64.random(in: 0...4, using: &random)
        edit { $0.spec.rollbackTo = RollbackTarget(revision: revision) }
        say("roll back to \(revision)")
    }

    @discardableResult
    mutating func makeOneReady() -> Bool {
        let waiting = sandboxes.list.filter { $0.isActive && !$0.isReady }
        guard let sandbox = waiting.randomElement(using: &random) else { return false }
        let node = "node\(Int.random(in: 0...1, using: &random))"
        let time = now
        sandboxes.change(sandbox.metadata.uid) { sandbox in
            sandbox.spec.nodeName = sandbox.spec.nodeName ?? node
            sandbox.status.phase = .running
            sandbox.status.startTime = time
            (sandbox.status.reason, sandbox.status.message) = (nil, nil)
            sandbox.status.conditions = [
                Condition(type: "Ready", status: .yes, reason: "Loaded", lastTransitionTime: time)
            ]
        }
        return true
    }

    @discardableResult
    mutating func finishOne() -> Bool {
        guard let sandbox = sandboxes.list.first(where: \.isTerminating) else { return false }
        sandboxes.remove(sandbox.metadata.uid)
        return true
    }

    /// One that has yet to become ready says why it does not.
    mutating func breakOne() {
        guard let sandbox = sandboxes.list.first(where: { $0.isActive && !$0.isReady }) else { return }
        sandboxes.change(sandbox.metadata.uid) { sandbox in
            sandbox.status.phase = .starting
            (sandbox.status.reason, sandbox.status.message) = ("LoadFailed", "boom")
        }
    }

    /// One dies: for good, or so that its sidecar starts it again.
    mutating func killOne() {
        guard let sandbox = sandboxes.list.filter(\.isActive).randomElement(using: &random) else { return }
        if sandbox.isReady { bounds.deaths += 1 }
        let (isFinal, time) = (Bool.random(using: &random), now)
        sandboxes.change(sandbox.metadata.uid) { sandbox in
            sandbox.status.phase = isFinal ? .failed : .starting
            (sandbox.status.reason, sandbox.status.message) = ("Crashed", "exit 1")
            sandbox.status.conditions = []
            sandbox.status.lastTransitions.append(.init(name: "Failed", time: time))
        }
        say("\(sandbox.metadata.name) dies, for good: \(isFinal)")
    }

    /// Somebody takes the owner from an object, which then has to be adopted again.
    mutating func orphanOne() {
        if Bool.random(using: &random), let set = sets.list.randomElement(using: &random) {
            sets.change(set.metadata.uid) { $0.metadata.ownerReferences = [] }
            say("\(set.metadata.name) is an orphan")
        } else if let sandbox = sandboxes.list.filter(\.isActive).randomElement(using: &random) {
            sandboxes.change(sandbox.metadata.uid) { $0.metadata.ownerReferences = [] }
            say("\(sandbox.metadata.name) is an orphan")
        }
    }
}
