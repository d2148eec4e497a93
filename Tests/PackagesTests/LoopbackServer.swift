import Foundation
import Synchronization

/// A very small HTTP server on 127.0.0.1 whose answers are bytes, so that they can be as wrong as a test wants.
final class LoopbackServer: Sendable {
    enum Answer {
        case bytes([UInt8])
        /// Says nothing until the client goes away.
        case silence
        /// These bytes, then one after the other, slowly, until the client goes away.
        case trickle(after: [UInt8])

        static func ok(_ body: [UInt8]) -> Answer { head("200 OK", ["Content-Length: \(body.count)"], body) }
        /// A server that knows ranges, and says so.
        static func part(_ body: [UInt8], _ request: Request, etag: String = "\"1\"", sends: Int = .max) -> Answer {
            guard let range = request.range(of: body.count) else { return .head("200 OK", ["ETag: \(etag)"], body) }
            let fields = [
                "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(body.count)",
                "Content-Length: \(range.count)", "ETag: \(etag)",
            ]
            return .head("206 Partial Content", fields, Array(body[range].prefix(sends)))
        }
        static func status(_ line: String) -> Answer { head(line, ["Content-Length: 0"], []) }
        static func redirect(_ location: String) -> Answer {
            head("302 Found", ["Location: \(location)", "Content-Length: 0"], [])
        }
        static func head(_ status: String, _ fields: [String], _ body: [UInt8]) -> Answer {
            let lines = ["HTTP/1.1 \(status)"] + fields + ["Connection: close", "", ""]
            return .bytes(Array(lines.joined(separator: "\r\n").utf8) + body)
        }
    }

    /// What was asked, and how often that path was before, this time included.
    struct Request: Sendable {
        let path: String
        /// Names in lower case.
        let fields: [String: String]
        let number: Int

        /// The bytes asked for, of an archive that has `count`.
        func range(of count: Int) -> Range<Int>? {
            guard let value = fields["range"], value.hasPrefix("bytes=") else { return nil }
            let ends = value.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let first = Int(ends[0]), first < count else { return nil }
            return first..<min(count, Int(ends[1]).map { $0 + 1 } ?? count)
        }
    }

    private struct State {
        var heads: [Request] = []
        var requests: [String: Int] = [:]
        var waiting: [(String, CheckedContinuation<Void, Never>)] = []
        var goneAway = 0
    }

    private let listener: Int32
    let port: UInt16
    private let answer: @Sendable (Request) -> Answer
    private let state = Mutex(State())

    convenience init(_ answer: @escaping @Sendable (String) -> Answer) throws {
        try self.init(answering: { answer($0.path) })
    }

    init(answering answer: @escaping @Sendable (Request) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 200) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isOpen else { throw ArchiveBuilder.Failure(message: "no loopback socket") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Ends the server; connections that are open end with their clients.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func requests(_ path: String) -> Int { state.withLock { $0.requests[path] ?? 0 } }

    /// All that was asked, in order.
    var heads: [Request] { state.withLock { $0.heads } }

    var allRequests: Int { state.withLock { $0.requests.values.reduce(0, +) } }

    /// Returns once a request for `path` has come.
    func waitForRequest(_ path: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests[path] != nil { return true }
                state.waiting.append((path, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { [self] in serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        guard let (path, fields) = readHead(connection) else { return }
        let (request, waiting) = state.withLock { state in
            state.requests[path, default: 0] += 1
            let request = Request(path: path, fields: fields, number: state.requests[path] ?? 0)
            state.heads.append(request)
            let woken = state.waiting.filter { $0.0 == path }
            state.waiting.removeAll { $0.0 == path }
            return (request, woken)
        }
        for (_, continuation) in waiting { continuation.resume() }
        switch answer(request) {
        case .bytes(let bytes): _ = sendAll(bytes, to: connection)
        case .trickle(let bytes):
            var isThere = sendAll(bytes, to: connection)
            while isThere {
                usleep(20_000)
                isThere = sendAll([0x2e], to: connection)
            }
        case .silence:
            var byte: UInt8 = 0
            _ = recv(connection, &byte, 1, 0)
        }
    }

    /// - Returns: whether the client is still there.
    private func sendAll(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func readHead(_ connection: Int32) -> (path: String, fields: [String: String])? {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            head += buffer[..<count]
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        let pairs = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
            }
        }
        return (String(words[1]), Dictionary(pairs) { $1 })
    }
}
