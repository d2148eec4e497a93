import KubeAPI
import TestProcesses
import Testing

/// Writers and watchers, together on one server, life after life.
struct Traffic: Sendable {
    private static let writers = 4

    let recorder = Recorder()
    private let watchers: [Watcher]
    private let marker: Writer

    /// Begins on a server on which nobody has written.
    init(_ client: APIClient) async throws {
        try await Subject.prepare(client)
        var watchers: [Watcher] = []
        for subject in Subject.allCases {
            let list = try await client.get(subject.path, ["labelSelector": Subject.label]).expecting(200)
            watchers.append(Watcher(subject, after: Int64(list.version) ?? 0, recorder: recorder))
        }
        self.watchers = watchers
        marker = Writer(number: Self.writers, recorder: recorder)
    }

    var expirations: Int { watchers.reduce(0) { $0 + $1.expirations } }

    /// One life of the server: looks around, then writes until `end` returns, which kills or pauses or waits.
    func live(_ kubeconfig: String, seed: UInt64, end: @Sendable (Stop) async throws -> Void) async throws {
        let (watching, writing) = (Stop(), Stop())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for watcher in watchers { group.addTask { try await watcher.follow(kubeconfig, stop: watching) } }
            let present = try await lookAround(kubeconfig)
            for number in 0..<Self.writers {
                let writer = Writer(number: number, recorder: recorder)
                group.addTask {
                    try await writer.run(kubeconfig, present: present, seed: seed &+ UInt64(number), stop: writing)
                }
            }
            try await end(writing)
            watching.call()
            // Whoever still lives sends one more event, which the watchers end with.
            _ = try? await mark(kubeconfig)
            try await group.waitForAll()
        }
    }

    /// Reads everything in every way while nobody writes.
    /// - Returns: the objects that are there.
    @discardableResult
    private func lookAround(_ kubeconfig: String) async throws -> Set<History.Key> {
        let client = try APIClient(kubeconfig: kubeconfig)
        var present = Set<History.Key>()
        for watcher in watchers {
            let marked = try await mark(watcher.subject, client)
            try await Eventually.holds("the watch of \(watcher.subject) has come to version \(marked)") {
                watcher.last >= marked
            }
            let subject = watcher.subject
            let list = try await client.get(subject.path, ["labelSelector": Subject.label]).expecting(200)
            let states = Dictionary(
                list.items.map { (subject.key($0.name), subject.state(of: $0)) }, uniquingKeysWith: { $1 })
            var gets: [History.Key: History.State] = [:]
            for key in recorder.keys(of: subject.rawValue) {
                let answer = try await client.get("\(subject.path)/\(key.name)")
                if answer.code != 404 { gets[key] = subject.state(of: try answer.expecting(200)) }
            }
            let counter = try await client.get(Subject.counter).expecting(200).at("data.n")?.stringValue
            recorder.note(
                History.Snapshot(
                    tick: recorder.tick(), resource: subject.rawValue, version: Int64(list.version) ?? 0, list: states,
                    gets: gets, replay: watcher.replay, counter: counter.flatMap { Int($0) }))
            present.formUnion(states.keys)
        }
        await client.shutdown()
        return present
    }

    /// Writes an object that everyone sees.
    /// - Returns: its version.
    private func mark(_ subject: Subject, _ client: APIClient) async throws -> Int64 {
        let path = "\(subject.path)/marker"
        let isThere = try await client.get(path).code == 200
        _ = await marker.write(client, subject, subject.key("marker"), isThere: isThere)
        return Int64(try await client.get(path).expecting(200).version) ?? 0
    }

    private func mark(_ kubeconfig: String) async throws {
        let client = try APIClient(kubeconfig: kubeconfig)
        for subject in Subject.allCases { _ = try? await mark(subject, client) }
        await client.shutdown()
    }

    /// Looks around once more, and judges.
    func conclude(_ kubeconfig: String) async throws {
        try await live(kubeconfig, seed: 0) { $0.call() }
        let found = recorder.complaints + recorder.history.violations()
        #expect(
            found.isEmpty, "\(found.count) violations, the first of them:\n\(found.prefix(20).joined(separator: "\n"))")
    }
}
