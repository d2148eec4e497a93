import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

/// What does not come in one piece: files, ranges of them, WebSockets, events.
@Suite(.serialized) struct ProgramStreamTests {
    @Test func aServerOfStaticFiles() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "static", main: "server.js").deploy(on: nest, by: .file)
            let (web, path) = (Web(nest), "/fn/default/static")
            let files = RealProgram.folder.appending(path: "static/public")
            for (name, type) in [
                ("index.html", "text/html; charset=utf-8"), ("style.css", "text/css"), ("square.svg", "image/svg+xml"),
            ] {
                let answer = try await web.get("\(path)/\(name)")
                let content = try String(contentsOf: files.appending(path: name), encoding: .utf8)
                #expect(answer.status == 200 && answer.body == content && answer.headers["content-type"] == type)
                #expect(answer.headers["content-length"] == "\(content.utf8.count)")
            }
            let index = try await web.get(path + "/")
            #expect(index.body.contains("Grüße aus dem Paket"))
            let etag = try #require(index.headers["etag"])
            #expect(try await web.get(path + "/", headers: ["if-none-match": etag]).status == 304)
            let head = try await web.send("HEAD", path + "/index.html")
            #expect(head.body.isEmpty && head.headers["content-length"] == "\(index.body.utf8.count)")
            #expect(try await web.get(path + "/nothing.txt").status == 404)
            #expect(try await web.get(path + "/%2e%2e/server.js").status == 404)
            #expect(try await web.get(path + "/..%2fserver.js").status == 404)

            let size = index.body.utf8.count
            let bytes = Array(index.body.utf8)
            for (range, part) in [
                ("bytes=0-14", 0..<15), ("bytes=16-", 16..<size), ("bytes=-20", size - 20..<size),
                ("bytes=5-99999", 5..<size),
            ] {
                let answer = try await web.get(path + "/", headers: ["range": range])
                #expect(answer.status == 206 && Array(answer.body.utf8) == Array(bytes[part]), "\(range)")
                let field = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
                #expect(answer.headers["content-range"] == field, "\(range)")
            }
            let beyond = try await web.get(path + "/", headers: ["range": "bytes=99999-"])
            #expect(beyond.status == 416 && beyond.headers["content-range"] == "bytes */\(size)")
        }
    }

    @Test func aWebSocketServer() async throws {
        struct Talk: Decodable, Equatable {
            struct Message: Decodable, Equatable {
                let content: String
                let isBinary: Bool
            }
            let `protocol`, greeting, pong: String
            let text, binary, large: Message
            let code: Int
            let reason: String
        }
        try await NestProcess.run { nest in
            try await RealProgram(name: "websocket", main: "server.js").deploy(on: nest, by: .store)
            let url = nest.ready.gateway.replacing("http://", with: "ws://") + "/fn/default/websocket/room?nr=7"
            let client = RealProgram.folder.appending(path: "websocket/client.js").path
            let result = try await Program.run(
                "timeout", ["30", "node", client, url], environment: ["NODE_PATH": "/usr/share/nodejs"])
            try #require(result.status == 0, "\(result.errors)")
            let talk = try JSONDecoder().decode(Talk.self, from: Data(result.output.utf8))
            #expect(talk.protocol == "echo" && talk.greeting == "hello from /room?nr=7")
            #expect(talk.text == .init(content: "Grüße ☕", isBinary: false))
            #expect(talk.binary == .init(content: "00ff01fe", isBinary: true))
            #expect(talk.large == .init(content: "1048576", isBinary: true))
            #expect(talk.pong == "still there?" && talk.code == 4001 && talk.reason == "as you wish")
            // Without an upgrade it is what ws says to plain requests.
            #expect(try await Web(nest).get("/fn/default/websocket/").status == 426)
        }
    }

    /// Each event is sent only after the one before it has come out at the other end.
    @Test func eventsComeOneByOneAndAnEndIsSeen() async throws {
        try await NestProcess.run { nest in
            try await RealProgram(name: "events", main: "server.js").deploy(on: nest, by: .file)
            let (web, path) = (Web(nest), "/fn/default/events")
            let listening = Task {
                var request = HTTPClientRequest(url: nest.ready.gateway + path + "/events")
                request.headers.add(name: "last-event-id", value: "41")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                #expect(response.headers.first(name: "content-type") == "text/event-stream")
                var text = ""
                for try await part in response.body {
                    text += String(buffer: part)
                    let events = text.components(separatedBy: "\n\n").dropLast()
                    if events.count == 6 { return Array(events) }
                    #expect(try await web.post(path + "/tick", body: "").body == "\(events.count)")
                }
                return [text]
            }
            let events = try await listening.value
            #expect(events.first == "retry: 1000\ndata: {\"since\":\"41\"}")
            #expect(Array(events.dropFirst()) == (1...5).map { "id: \($0)\nevent: tick\ndata: {\"count\":\($0)}" })
            // The client has read enough and is gone: the program hears of it.
            try await Eventually.holds("nobody listens any more") {
                try await web.get(path + "/listeners").body == "0"
            }
        }
    }
}
