import NIOCore
import Planning

/// What went wrong with a request, as its client is told (RFC 9457).
struct Problem: Error, Equatable {
    enum Kind: Equatable {
        case malformed(MessageFault)
        case noSuchPath
        case unknownFunction
        case tableNotLoaded
        case notHeld(HoldRefusal)
        case heldTooLong(seconds: Int, HeldCause)
        case tooManyConnections
        case sandboxBusy(limit: Int)
        case connectFailed(String)
        case upstreamClosed
        case upstreamMalformed(String)
        case responseTimeout(seconds: Int)
        case requestTimeout(seconds: Int)
    }

    /// What a request has waited for in vain.
    enum HeldCause: Equatable {
        /// No sandbox was ready; `trouble` says why, or is empty.
        case noneReady(trouble: String)
        /// No one was there to connect to.
        case refused(String)
        /// All had as many requests as they take.
        case busy
    }

    let kind: Kind
    /// `NAMESPACE/NAME`; empty if the request got no further than the gateway.
    var function = ""
    var sandbox = ""

    var status: Int {
        switch kind {
        case .malformed(let fault): fault.status
        case .noSuchPath, .unknownFunction: 404
        case .requestTimeout: 408
        case .connectFailed, .upstreamClosed, .upstreamMalformed: 502
        case .tableNotLoaded, .notHeld, .heldTooLong, .tooManyConnections, .sandboxBusy: 503
        case .responseTimeout: 504
        }
    }

    /// When to try again, in seconds: for what passes by itself.
    var retryAfter: Int? { status == 503 ? 1 : nil }

    /// The last part of `type`, which programs compare.
    var type: String {
        switch kind {
        case .malformed: "malformed-request"
        case .noSuchPath: "no-such-path"
        case .unknownFunction: "unknown-function"
        case .tableNotLoaded: "functions-not-loaded"
        case .notHeld(.noneComes), .heldTooLong(_, .noneReady), .heldTooLong(_, .refused): "no-ready-sandbox"
        case .heldTooLong(_, .busy): "sandboxes-busy"
        case .notHeld(.stopping): "gateway-stopping"
        case .notHeld: "too-many-waiting"
        case .tooManyConnections: "too-many-connections"
        case .sandboxBusy: "sandbox-connections-exhausted"
        case .connectFailed: "connect-failed"
        case .upstreamClosed: "sandbox-closed-connection"
        case .upstreamMalformed: "malformed-response"
        case .responseTimeout: "response-timeout"
        case .requestTimeout: "request-timeout"
        }
    }

    var detail: String {
        switch kind {
        case .malformed(let fault): fault.reason
        case .noSuchPath: "The gateway serves /fn/NAMESPACE/NAME/… and /healthz only."
        case .unknownFunction: "There is no function \(function): no SandboxDeployment of that name in that namespace."
        case .tableNotLoaded: "The gateway has just started and has not yet read the functions from the API server."
        case .notHeld(let refusal): detail(of: refusal)
        case .heldTooLong(let seconds, let cause): detail(of: cause, after: seconds)
        case .tooManyConnections: "The gateway has as many connections as it may."
        case .sandboxBusy(let limit):
            "Sandbox \(sandbox) of function \(function) has \(limit) connections from here, and may have no more."
        case .connectFailed(let reason): "Connecting to sandbox \(sandbox) of function \(function) failed: \(reason)."
        case .upstreamClosed: "Sandbox \(sandbox) of function \(function) closed the connection before it answered."
        case .upstreamMalformed(let reason):
            "Sandbox \(sandbox) of function \(function) sent an answer that is not valid HTTP. \(reason)"
        case .responseTimeout(let seconds):
            "Sandbox \(sandbox) of function \(function) did not answer within \(seconds) s."
        case .requestTimeout(let seconds): "The request did not arrive within \(seconds) s."
        }
    }

    private func detail(of refusal: HoldRefusal) -> String {
        let none = "Function \(function) has no ready sandbox"
        return switch refusal {
        case .noneComes: "\(none), and none will come: its SandboxDeployment has 0 replicas and no autoscaler."
        case .stopping: "\(none), and this gateway stops."
        case .requestsOfFunction(let limit): "\(none), and \(limit) requests wait for one already, as many as may."
        case .requests(let limit):
            "\(none), and \(limit) requests of all functions wait for one already, as many as may."
        case .bytes(let limit):
            "\(none), and with this one more than \(limit) bytes of waiting requests would be kept."
        }
    }

    private func detail(of cause: HeldCause, after seconds: Int) -> String {
        switch cause {
        case .noneReady(""): "Function \(function) had no ready sandbox within \(seconds) s."
        case .noneReady(let trouble): "Function \(function) had no ready sandbox within \(seconds) s. \(trouble)"
        case .refused(let reason):
            "Function \(function) had no sandbox to connect to within \(seconds) s. The last try: \(reason)."
        case .busy:
            "Within \(seconds) s no sandbox of function \(function) had room beside the requests that came before this one."
        }
    }

    /// The bound that the request would have broken.
    private var bound: (name: String, limit: Int)? {
        switch kind {
        case .notHeld(.requestsOfFunction(let limit)): ("waiting-requests-of-function", limit)
        case .notHeld(.requests(let limit)): ("waiting-requests", limit)
        case .notHeld(.bytes(let limit)): ("waiting-bytes", limit)
        default: nil
        }
    }

    /// Writes the whole response.
    ///
    /// - Parameters:
    ///   - closes: whether the connection ends after it.
    ///   - omitsBody: for an answer to HEAD.
    ///   - output: gets head and body.
    func write(closes: Bool, omitsBody: Bool, into output: inout ByteBuffer) {
        let body = json
        output.writeString("HTTP/1.1 \(status) \(Self.title(status))\r\nContent-Type: application/problem+json\r\n")
        output.writeString("Content-Length: \(body.utf8.count)\r\n")
        if let retryAfter { output.writeString("Retry-After: \(retryAfter)\r\n") }
        if closes { output.writeStaticString("Connection: close\r\n") }
        output.writeStaticString("\r\n")
        if !omitsBody { output.writeString(body) }
    }

    private var json: String {
        var members = [
            ("type", "https://nest.dev/problems/\(type)"), ("title", Self.title(status)), ("detail", detail),
        ]
        if !function.isEmpty { members.append(("function", function)) }
        if !sandbox.isEmpty { members.append(("sandbox", sandbox)) }
        let spelled = members.map { "\"\($0)\":\"\(Self.escaped($1))\"" }
        let broken = bound.map { ",\"bound\":\"\($0.name)\",\"limit\":\($0.limit)" } ?? ""
        return "{\"status\":\(status),\(spelled.joined(separator: ","))\(broken)}\n"
    }

    /// A string as JSON spells it; one that a client can make long is cut.
    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars.prefix(1024) {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{0}"..<" ": output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "HTTP Version Not Supported"
        }
    }
}
