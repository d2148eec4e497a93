import KubeAPI
import KubeClient
import NestAPI
import Planning

extension Sidecar {
    /// Asks the API server whether the sandbox still is this pod's, and brings the key back with the answer.
    ///
    /// Without an answer, what has run here before may start again: bound once, it can run nowhere else, and if it was
    /// given up meanwhile it ends as soon as the server is heard. What never ran here waits.
    func confirm(_ key: Key) {
        works[key]?.assignment = .confirming
        Task {
            let hasRun = works[key]?.report != nil
            do {
                let now = try await client.get(
                    Sandbox.self, namespace: key.object.namespace, name: key.object.name)
                contact.made()
                take(now, key)
            } catch let status as Status where status.isNotFound {
                revoke(key)
            } catch {
                works[key]?.assignment = hasRun ? .current : .unconfirmed(retryAt: clock + 5)
            }
            queue.add(key)
        }
    }

    private func take(_ sandbox: Sandbox, _ key: Key) {
        guard isOurs(sandbox, key) else { return revoke(key) }
        // Its end is on its way here.
        works[key]?.assignment = sandbox.isTerminating ? .unconfirmed(retryAt: clock + 5) : .current
    }

    private func revoke(_ key: Key) {
        logger.warning("a stale assignment is refused", metadata: ["sandbox": "\(key)"])
        works[key]?.isRevoked = true
    }
}
