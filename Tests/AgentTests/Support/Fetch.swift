import Glibc

@testable import Agent

/// One HTTP/1.1 request on a connection of its own, without any library between the test and the socket.
/// - Returns: the whole answer, empty when the connection broke, or nothing came for so many seconds.
func fetch(
    _ address: String, _ port: Int, path: String = "/", method: String = "GET", headers: [String] = [],
    patience seconds: Int = 5
) async -> String {
    // It blocks: on a thread of its own, so that those who ask at once do ask at once.
    await withCheckedContinuation { continuation in
        SmallThread.start {
            continuation.resume(returning: ask(address, port, path, method, headers, seconds))
        }
    }
}

private func ask(
    _ address: String, _ port: Int, _ path: String, _ method: String, _ headers: [String], _ seconds: Int
) -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, address, &name.sin_addr)
    let connected = withUnsafePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { return "" }
    let more = headers.map { $0 + "\r\n" }.joined()
    let request = Array("\(method) \(path) HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\(more)\r\n".utf8)
    send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { break }
        answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
}
