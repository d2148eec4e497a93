import FoundationEssentials
import KubeAPI

/// One watch of a fake server.
struct FakeWatcher: Sendable {
    let target: FakeTarget
    let selection: FakeSelection
    let chunks: AsyncThrowingStream<Data, any Error>.Continuation

    /// Sends a change as this watch sees it: an object that begins to match is added, one that no longer does is deleted.
    func send(_ change: FakeStore.Change) {
        guard change.collection == target.collection else { return }
        let before = change.old.map(matches) ?? false
        let after = change.new.map(matches) ?? false
        let type =
            switch (before, after) {
            case (false, true): "ADDED"
            case (true, true): "MODIFIED"
            case (true, false): "DELETED"
            case (false, false): ""
            }
        guard !type.isEmpty, var object = change.new ?? change.old else { return }
        if !after { object["metadata"]?["resourceVersion"] = .string("\(change.revision)") }
        guard let line = try? JSONValue.object(["type": .string(type), "object": object]).serialized() else { return }
        chunks.yield(line + Data([UInt8(ascii: "\n")]))
    }

    private func matches(_ object: JSONValue) -> Bool {
        (target.namespace == nil || object[["metadata", "namespace"]]?.stringValue == target.namespace)
            && selection.matches(object)
    }
}
