import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

/// Programs as they are written for any server, packed with their modules, behind the gateway.
@Suite(.serialized) struct RealProgramTests {
    @Test func anExpressApplication() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "express", main: "app.js").deploy(on: nest, by: .file)
            let web = Web(nest)
            let path = "/fn/default/express"
            #expect(try await web.get(path).body == "0 guests")
            let json = ["content-type": "application/json"]
            let made = try await web.post("\(path)/guests?from=here", body: #"{"name":"Ada ☕"}"#, headers: json)
            #expect(made.status == 201 && made.body == #"{"id":0}"#)
            #expect(made.headers["location"] == "guests/0" && made.headers["x-powered-by"] == "Express")
            let guest = try await web.get("\(path)/guests/0")
            #expect(guest.status == 200 && guest.body == #"{"name":"Ada ☕","query":{"from":"here"}}"#)
            #expect(guest.headers["content-type"] == "application/json; charset=utf-8")
            #expect(guest.headers["x-served-by"] == "guestbook" && guest.headers["set-cookie"] == "last=0; Path=/")
            let etag = try #require(guest.headers["etag"])
            #expect(try await web.get("\(path)/guests/0", headers: ["if-none-match": etag]).status == 304)
            // Relative, so that it leads to the function again.
            #expect(try await web.get("\(path)/old").body == guest.body)
            let unfit = try await web.post("\(path)/guests", body: #"{"nom":1}"#, headers: json)
            #expect(unfit.status == 422 && unfit.body == #"{"error":"name is missing"}"#)
            #expect(try await web.post("\(path)/guests", body: "{", headers: json).status == 400)
            let large = #"{"name":"\#(String(repeating: "x", count: 200_000))"}"#
            #expect(try await web.post("\(path)/guests", body: large, headers: json).status == 413)
            let nowhere = try await web.get("\(path)/no/where")
            #expect(nowhere.status == 404 && nowhere.body == #"{"error":"no GET /no/where"}"#)
            let style = try await web.get("\(path)/static/style.css")
            #expect(style.body == "body { color: #123 }\n" && style.headers["cache-control"] == "public, max-age=3600")
            #expect(style.headers["content-type"]?.hasPrefix("text/css") == true)
            let host = nest.ready.gateway.replacing("http://", with: "")
            #expect(
                try await web.get("\(path)/whoami").body
                    == #"{"ip":"127.0.0.1","protocol":"http","host":"\#(host)"}"#)
            // The framework answers for the route, without the stack in production, and lives.
            let broken = try await web.get("\(path)/broken")
            #expect(broken.status == 500 && broken.body.contains("<pre>Internal Server Error</pre>"), "\(broken.body)")
            #expect(try await web.get(path).body == "1 guests")
            #expect(try await Kubectl(nest)("get", "sbx", "-o", "jsonpath={.items[0].status.restartCount}") == "0")
        }
    }

    /// Five megabytes go up while they come down: no end of the line holds the whole of it.
    @Test func anUploadStreamsThrough() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "express", main: "app.js").deploy(on: nest, by: .store)
            let chunk = ByteBuffer(bytes: (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let count = 80
            // Each chunk but the first is sent when the one before it has come back.
            let (upload, more) = AsyncStream<ByteBuffer>.makeStream()
            var request = HTTPClientRequest(url: nest.ready.gateway + "/fn/default/express/echo")
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-noise")
            request.body = .stream(upload, length: .unknown)
            more.yield(chunk)
            var sent = 1
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "content-type")?.hasPrefix("application/x-noise") == true)
            var received = ByteBuffer()
            for try await var part in response.body {
                received.writeBuffer(&part)
                while received.readableBytes >= sent * chunk.readableBytes, sent < count {
                    more.yield(chunk)
                    sent += 1
                }
                if sent == count { more.finish() }
            }
            #expect(received.readableBytes == count * chunk.readableBytes)
            while let piece = received.readSlice(length: chunk.readableBytes) { #expect(piece == chunk) }
        }
    }

    @Test func aReactRenderer() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "react", main: "server").deploy(on: nest, by: .file)
            let web = Web(nest)
            let page = try await web.get("/fn/default/react/?name=Ada%20%3Cscript%3E")
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.body.hasPrefix("<!DOCTYPE html><html lang=\"en\"><head><title>Storefront</title></head>"))
            #expect(page.body.contains(#"<h1 class="greeting">Welcome, Ada &lt;script&gt;</h1>"#))
            #expect(page.body.contains("<li>Milk &amp; honey: 1.20</li>") && page.body.contains("<p>Total 14.69</p>"))
            // The shell came first, what it waited for after it, and what puts it there.
            let shell = try #require(page.body.range(of: "Fetching prices"))
            let prices = try #require(page.body.range(of: "id=\"prices\""))
            #expect(shell.lowerBound < prices.lowerBound && page.body.hasSuffix("</script>"))
            let other = try await web.get("/fn/default/react/elsewhere")
            #expect(other.status == 404 && other.body == "<h1>Not found</h1>")
        }
    }

    @Test func aModuleThatAwaitsAtItsTop() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "module", main: "main.js").deploy(on: nest, by: .store)
            let web = Web(nest)
            #expect(try await web.get("/fn/default/module/quotes/3").body == #""Haste makes waste.""#)
            #expect(try await web.get("/fn/default/module/file").body == "main.js")
            let nowhere = try await web.get("/fn/default/module/nowhere")
            #expect(nowhere.status == 404 && nowhere.body.contains("Cannot GET /nowhere"))
        }
    }
}
