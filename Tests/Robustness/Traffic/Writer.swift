import KubeAPI
import TestProcesses

/// One client with a connection of its own; only it writes its objects, one request after the other.
struct Writer: Sendable {
    private static let objects = 4

    let number: Int
    let recorder: Recorder

    /// Writes until it is told to stop or the server no longer answers.
    /// - Parameters:
    ///   - kubeconfig: where the server is.
    ///   - present: the objects that are there.
    ///   - seed: what it does in which order.
    ///   - stop: ends it.
    /// - Throws: when the kubeconfig cannot be used.
    func run(_ kubeconfig: String, present: Set<History.Key>, seed: UInt64, stop: Stop) async throws {
        let client = try APIClient(kubeconfig: kubeconfig)
        var generator = SeededGenerator(seed: seed)
        var present = present
        var isAnswered = true
        while isAnswered, !stop.isCalled {
            if Int.random(in: 0..<5, using: &generator) == 0 {
                isAnswered = await increment(client)
                continue
            }
            let subject: Subject = Bool.random(using: &generator) ? .configMaps : .records
            let key = subject.key("w\(number)-\(Int.random(in: 0..<Self.objects, using: &generator))")
            let isThere = present.contains(key)
            let deletes = isThere && Int.random(in: 0..<5, using: &generator) == 0
            isAnswered = await write(client, subject, key, isThere: isThere, deletes: deletes)
            if deletes { present.remove(key) } else { present.insert(key) }
        }
        await client.shutdown()
    }

    /// - Returns: whether there was an answer.
    func write(
        _ client: APIClient, _ subject: Subject, _ key: History.Key, isThere: Bool, deletes: Bool = false
    ) async -> Bool {
        let began = recorder.tick()
        let token = "\(key.name)@\(began)"
        let path = "\(subject.path)/\(key.name)"
        let answer: Answer? =
            if deletes {
                try? await client.delete(path)
            } else if isThere {
                try? await client.patch(path, subject.content(token))
            } else {
                try? await client.post(subject.path, subject.object(key.name, token))
            }
        let outcome = outcome(of: answer, hasVersion: !deletes)
        recorder.note(
            History.Write(
                key: key, token: deletes ? nil : token, outcome: outcome, began: began, ended: recorder.tick()))
        if outcome == .refused, let answer { recorder.complain("\(answer.request): \(answer.code) \(answer.text)") }
        return answer != nil
    }

    private func outcome(of answer: Answer?, hasVersion: Bool) -> History.Outcome {
        guard let answer else { return .unknown }
        guard answer.code < 300 else { return .refused }
        return .acknowledged(hasVersion ? Int64(answer.body.version) : nil)
    }

    /// Counts the shared number up by one, unless another was faster.
    private func increment(_ client: APIClient) async -> Bool {
        guard let object = try? await client.get(Subject.counter).body, let text = object.at("data.n")?.stringValue,
            let value = Int(text).map({ $0 + 1 })
        else { return false }
        let began = recorder.tick()
        let answer = try? await client.put(Subject.counter, object.with("data.n", .string(String(value))))
        recorder.note(
            History.Increment(
                value: value, outcome: outcome(of: answer, hasVersion: true), began: began, ended: recorder.tick()))
        if let answer, ![200, 409].contains(answer.code) {
            recorder.complain("\(answer.request): \(answer.code) \(answer.text)")
        }
        return answer != nil
    }
}
