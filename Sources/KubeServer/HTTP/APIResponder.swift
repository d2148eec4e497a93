import HTTPTypes
import Hummingbird
import KubeAPI
import Logging
import NIOCore
import Synchronization

/// A request with the connection that it came on.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// The thin shell between Hummingbird and the API: reads requests, lets them in, writes answers.
struct APIResponder: HTTPResponder {
    typealias Context = ConnectionContext

    static let maximumBody = 3 << 20

    let handler: APIHandler
    let identity: ServerIdentity

    func respond(to request: Request, context: Context) async throws -> Response {
        let path = request.uri.path
        let isPublic = ["/healthz", "/livez", "/readyz", "/version"].contains(path)
        guard isPublic || identity.admits(request.headers[.authorization]) else {
            return Self.response(APIReply(.unauthorized), closes: false)
        }
        var call = APICall(method: request.method.rawValue, path: path)
        call.query = Query(request.uri.query ?? "")
        call.accept = request.headers[values: .accept].joined(separator: ",")
        call.contentType = request.headers[.contentType] ?? ""
        call.ifNoneMatch = request.headers[.ifNoneMatch] ?? ""
        if request.headers[.impersonateUser] != nil {
            return Self.response(APIReply(.noImpersonation), closes: false)
        }
        // What goes on has no body to wait for; reading it would hide the client's departure.
        let goesOn = call.method == "GET" && (call.query.flag("watch") || call.query.flag("follow"))
        if !goesOn {
            do {
                call.body = Array(buffer: try await request.body.collect(upTo: Self.maximumBody))
            } catch is NIOTooManyBytesError {
                return Self.response(APIReply(.tooLarge), closes: true)
            } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
                return Self.response(APIReply(.tooLarge), closes: true)
            }
        }
        let reply = await handler.handle(call)
        switch reply.body {
        case .bytes: return Self.response(reply, closes: false)
        case .watch(let watch): return Self.stream(watch, reply, request, context.channel)
        case .log(let read): return goesOn ? follow(read, reply, request) : stream(read, reply)
        }
    }

    /// Bytes that all warnings of an answer may have together, as upstream's.
    private static let maximumWarnings = 4096

    private static func headers(_ reply: APIReply) -> HTTPFields {
        var headers: HTTPFields = [.contentType: reply.contentType, .cacheControl: "no-cache, private"]
        var left = maximumWarnings
        for warning in reply.warnings {
            left -= warning.utf8.count
            guard left >= 0 else { break }
            let text = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            headers.append(HTTPField(name: .warning, value: "299 - \"\(text)\""))
        }
        for (name, value) in reply.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        if reply.code == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return headers
    }

    private static func response(_ reply: APIReply, closes: Bool) -> Response {
        guard case .bytes(let bytes) = reply.body else { return Response(status: .internalServerError) }
        var headers = headers(reply)
        if closes { headers[.connection] = "close" }
        return Response(
            status: HTTPResponse.Status(code: reply.code), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func stream(
        _ watch: OpenWatch, _ reply: APIReply, _ request: Request, _ channel: any Channel
    ) -> Response {
        var headers = headers(reply)
        // The server reads the connection to see the client leave, so no other request can follow on it.
        headers[.connection] = "close"
        watch.watcher.onCut { channel.close(promise: nil) }
        let body = ResponseBody { writer in
            var output = writer
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await watch.run { bytes in try await output.write(ByteBuffer(bytes: bytes)) }
            } onInboundClosed: {
                watch.watcher.finish()
            }
            try await output.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func stream(_ read: @escaping PodLogReader, _ reply: APIReply) -> Response {
        let body = ResponseBody { [store = handler.operations.store] writer in
            var output = writer
            try await read({ store.isOpen && !Task.isCancelled }) { bytes in
                try await output.write(ByteBuffer(bytes: bytes))
            }
            try await output.finish(nil)
        }
        return Response(status: .ok, headers: Self.headers(reply), body: body)
    }

    /// A log that goes on until its end, the client's departure or the server's end.
    private func follow(_ read: @escaping PodLogReader, _ reply: APIReply, _ request: Request) -> Response {
        var headers = Self.headers(reply)
        headers[.connection] = "close"
        let departure = Departure()
        let body = ResponseBody { [store = handler.operations.store] writer in
            var output = writer
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await read({ store.isOpen && !departure.hasHappened.withLock { $0 } }) { bytes in
                    try await output.write(ByteBuffer(bytes: bytes))
                }
            } onInboundClosed: {
                departure.hasHappened.withLock { $0 = true }
            }
            try await output.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// Whether a client has closed its connection.
private final class Departure: Sendable {
    let hasHappened = Mutex(false)
}

extension Status {
    /// All requests are the administrator's; to answer as if they were another's would be a lie.
    fileprivate static let noImpersonation = Status(
        code: 403, reason: "Forbidden", message: "impersonation (--as) is not supported by this server")
}

extension HTTPField.Name {
    fileprivate static let warning: HTTPField.Name = HTTPField.Name("Warning") ?? .via
    fileprivate static let impersonateUser: HTTPField.Name = HTTPField.Name("Impersonate-User") ?? .via
}
