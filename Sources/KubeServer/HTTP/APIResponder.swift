import HTTPTypes
import Hummingbird
import KubeAPI
import Logging
import NIOCore

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
        // A watch has no body to wait for; reading it would hide the client's departure.
        let isWatch = call.method == "GET" && call.query.flag("watch")
        if !isWatch {
            do {
                call.body = Array(buffer: try await request.body.collect(upTo: Self.maximumBody))
            } catch is NIOTooManyBytesError {
                return Self.response(APIReply(.tooLarge), closes: true)
            } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
                return Self.response(APIReply(.tooLarge), closes: true)
            }
        }
        let reply = await handler.handle(call)
        if case .watch(let watch) = reply.body { return Self.stream(watch, reply, request, context.channel) }
        return Self.response(reply, closes: false)
    }

    private static func headers(_ reply: APIReply) -> HTTPFields {
        var headers: HTTPFields = [.contentType: reply.contentType, .cacheControl: "no-cache, private"]
        for warning in reply.warnings {
            let text = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            headers.append(HTTPField(name: .warning, value: "299 - \"\(text)\""))
        }
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
}

extension HTTPField.Name {
    fileprivate static let warning: HTTPField.Name = HTTPField.Name("Warning") ?? .via
}
