import KubeAPI

extension ResourceRequest {
    func replyForLog() throws(Status) -> APIReply {
        guard call.method == "GET" || call.method == "HEAD" else { throw .methodNotAllowed }
        let pod = try operations.get(definition, key).value
        guard let logs = handler.podLogs else { throw .notImplemented("this server cannot read the logs of pods") }
        let log = try logs(logQuery(pod))
        // Who asks for the head alone is given no text, and so does not wait for a log's end.
        var reply = APIReply(log: log)
        if call.method == "HEAD" { reply.body = .bytes([]) }
        return reply
    }

    private func logQuery(_ pod: JSONValue) throws(Status) -> PodLogQuery {
        let query = call.query
        var wanted = PodLogQuery(pod: key, uid: pod.uid, container: try container(of: pod))
        wanted.tailLines = try count("tailLines").map { Int(clamping: $0) }
        wanted.limitBytes = try count("limitBytes").map { Int(clamping: $0) }
        wanted.follows = query.flag("follow")
        wanted.showsTimes = query.flag("timestamps")
        wanted.isPrevious = query.flag("previous")
        let seconds = try count("sinceSeconds")
        let since = query["sinceTime"] ?? ""
        if seconds != nil, !since.isEmpty {
            throw invalid([.forbidden("sinceTime", "at most one of `sinceTime` or `sinceSeconds` may be specified")])
        }
        if let seconds { wanted.since = Timestamp.now().adding(seconds: -Double(min(seconds, 1 << 32))) }
        if !since.isEmpty {
            guard let time = Timestamp(since) else {
                throw invalid([.invalid("sinceTime", .string(since), "must be a time as RFC 3339 has it")])
            }
            wanted.since = time
        }
        return wanted
    }

    private func count(_ name: String) throws(Status) -> Int64? {
        guard let value = try call.query.int(name) else { return nil }
        if value < 0 { throw invalid([.invalid(name, .int(value), "must be greater than or equal to 0")]) }
        return value
    }

    private func invalid(_ errors: [FieldError]) -> Status {
        .invalid(ResourceType(group: "", version: "v1", kind: "PodLogOptions", plural: "pods"), key.name, errors)
    }

    private func container(of pod: JSONValue) throws(Status) -> String {
        let names = ["initContainers", "containers"].flatMap { field in
            (pod["spec"]?[field]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        }
        if let wanted = call.query["container"], !wanted.isEmpty {
            guard names.contains(wanted) else {
                throw .badRequest("container \(wanted) is not valid for pod \(key.name)")
            }
            return wanted
        }
        guard names.count == 1, let only = names.first else {
            throw .badRequest(
                "a container name must be specified for pod \(key.name), choose one of: "
                    + "[\(names.joined(separator: " "))]")
        }
        return only
    }
}
