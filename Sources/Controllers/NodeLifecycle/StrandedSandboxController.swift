import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Lets go of sandboxes whose SandboxNode is gone, so that they are replaced: nobody is left to stop them.
struct StrandedSandboxController: Runnable {
    static let component = "stranded-sandbox-controller"

    private let plane: ControlPlane
    private let logger: Logger
    private let queue: WorkQueue<ObjectKey>
    private let recorder: EventRecorder

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        let (queue, informers) = (queue, plane.informers)
        informers.nodes.onChange { change in
            guard case .deleted(let node) = change else { return }
            for sandbox in informers.sandboxes.lister.list(.node, node.key.description) { queue.add(sandbox.key) }
        }
        informers.sandboxes.onChange { change in
            guard let sandbox = change.after, let node = sandbox.nodeKey,
                informers.nodes.lister.get(node) == nil
            else { return }
            queue.add(sandbox.key)
        }
    }

    func run() async {
        await runWorkers(queue, workers: 8, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        let nodes = plane.informers.nodes.lister
        guard let sandbox = plane.informers.sandboxes.lister.get(key), let node = sandbox.nodeKey,
            !stranded([sandbox], nodes: nodes.get(node) == nil ? [] : [node]).isEmpty,
            try await isGone(node)
        else { return .done }
        do {
            try await letGo(of: sandbox, from: node)
        } catch let status as Status where status.isNotFound {
            return .done
        } catch let status as Status where status.isConflict {
            return .backOff
        }
        return .done
    }

    /// Asks the server: what one informer does not show may have been made a moment ago.
    private func isGone(_ node: ObjectKey) async throws -> Bool {
        do {
            let found = try await plane.client.get(SandboxNode.self, namespace: node.namespace, name: node.name)
            return found.metadata.name.isEmpty
        } catch let status as Status where status.isNotFound {
            return true
        }
    }

    /// Deletion first: its owner makes the replacement as soon as it sees that, and a crash in between loses nothing.
    private func letGo(of sandbox: Sandbox, from node: ObjectKey) async throws {
        if !sandbox.isTerminating {
            await recorder.record(
                on: sandbox, type: .warning, reason: "PodGone", message: "Its pod \(node.name) is gone.")
        }
        try await plane.client.delete(
            Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name,
            uid: sandbox.metadata.uid, gracePeriodSeconds: 0)
        let left = try await plane.client.get(
            Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name)
        guard left.metadata.uid == sandbox.metadata.uid, left.metadata.finalizers != left.finalizersWithoutSidecar
        else { return }
        let finalizers = left.finalizersWithoutSidecar.map(JSONValue.string)
        try await plane.client.patchIfUnchanged(
            left, [["op": "add", "path": "/metadata/finalizers", "value": .array(finalizers)]])
    }
}
