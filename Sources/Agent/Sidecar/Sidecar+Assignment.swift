import KubeAPI
import KubeClient
import NestAPI
import Planning

extension Sidecar {
    /// Asks the API server whether the sandbox still is this pod's, and brings the key back with the answer.
    func confirm(_ key: Key) {
        works[key]?.assignment = .confirming
        Task {
            let hasRun = works[key]?.report != nil
            let assignment = SandboxObservation.Assignment(
                after: await ask(about: key), uid: key.uid, pod: configuration.podName, hasRun: hasRun, now: clock)
            if let assignment {
                works[key]?.assignment = assignment
            } else {
                logger.warning("a stale assignment is refused", metadata: ["sandbox": "\(key)"])
                works[key]?.isRevoked = true
            }
            queue.add(key)
        }
    }

    private func ask(about key: Key) async -> SandboxObservation.Assignment.Answer {
        do {
            let found = try await client.get(Sandbox.self, namespace: key.object.namespace, name: key.object.name)
            contact.made()
            return .found(found)
        } catch let status as Status where status.isNotFound {
            return .gone
        } catch {
            return .silence
        }
    }
}
