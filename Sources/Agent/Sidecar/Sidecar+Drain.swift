import KubeAPI
import KubeClient
import NestAPI

extension Sidecar {
    private static let drainPoll = Duration.milliseconds(50)
    private static let answerWithin = Duration.seconds(2)

    /// Empties the pod if it is being deleted.
    ///
    /// Each of its sandboxes is deleted, so that it is replaced elsewhere, drained and stopped in its time. When only the
    /// sidecar is to end, what runs stays. Returns when nothing is left, or the pod's own grace period is nearly over.
    public func drainIfPodEnds() async {
        guard let grace = await podGraceSeconds() else { return }
        isDraining = true
        await reporter.close()
        let end = ContinuousClock.now + .seconds(max(1, grace - 1))
        var asked: Set<String> = []
        while ContinuousClock.now < end {
            let here = informer.lister.list()
            if here.isEmpty, works.isEmpty { break }
            for sandbox in here where !sandbox.isTerminating && asked.insert(sandbox.metadata.uid).inserted {
                Task { await delete(sandbox) }
            }
            guard (try? await Task.sleep(for: Self.drainPoll)) != nil else { break }
        }
        await recorder.flush()
    }

    private func delete(_ sandbox: Sandbox) async {
        await recorder.record(
            on: sandbox, type: .normal, reason: "PodTerminating",
            message: "Pod \(configuration.podName) is being deleted; the sandbox is stopped and replaced elsewhere")
        do {
            try await client.delete(
                Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name,
                uid: sandbox.metadata.uid)
        } catch let status as Status where status.isNotFound || status.isConflict {
            // It is gone already.
        } catch {
            logger.warning("a sandbox of the pod that ends was not deleted: \(error)")
        }
    }

    /// What the pod has left; nil when it is not being deleted, or nobody can tell.
    private func podGraceSeconds() async -> Int? {
        let asking = Task { [client, configuration] in
            try await client.get(Pod.self, namespace: configuration.podNamespace, name: configuration.podName)
        }
        let limit = Task {
            try await Task.sleep(for: Self.answerWithin)
            asking.cancel()
        }
        defer { limit.cancel() }
        guard let pod = try? await asking.value, pod.metadata.uid == configuration.podUID,
            pod.metadata.deletionTimestamp != nil
        else { return nil }
        return pod.metadata.deletionGracePeriodSeconds.map { Int($0) } ?? 30
    }
}
