import Agent
import KubeAPI
import KubeServer

/// The logs of the pods that this machine runs, for `kubectl logs`.
struct LocalPodLogs: Sendable {
    /// The machine's data directory.
    let machine: String

    func open(_ query: PodLogQuery) throws(Status) -> PodLogReader {
        if query.isPrevious {
            throw Status(
                code: 400, reason: "BadRequest",
                message: "previous terminated container \"\(query.container)\" in pod \"\(query.pod.name)\" not found")
        }
        guard let files = PodLogFiles(dataDirectory: machine, uid: query.uid, container: query.container) else {
            throw Status(
                code: 400, reason: "BadRequest",
                message: "container \"\(query.container)\" in pod \"\(query.pod.name)\" is waiting to start: it has "
                    + "no log on this machine")
        }
        let range = PodLogFiles.Range(
            tailLines: query.tailLines, limitBytes: query.limitBytes, since: query.since, showsTimes: query.showsTimes)
        return { isWanted, send in
            try await files.read(range, follows: query.follows, isWanted: isWanted, send: send)
        }
    }
}
