import Confinement
import Foundation
import Testing

/// Sockets that a function does not open but is given.
@Suite struct SocketTests {
    @Test(arguments: Tenant.possible) func anInheritedListenerServes(tenant: Tenant) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 10) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        #expect(isOpen)
        let script = "require('http').createServer((q, r) => r.end('served ' + q.url)).listen({ fd: 3 })"
        let node = try Spawned(
            tenant.command(["node", "-e", script]) { $0.keptDescriptors = [3] }, descriptors: [3: listener])
        // It waits in the kernel's backlog until node accepts it: no polling.
        let client = FileHandle(fileDescriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), closeOnDealloc: true)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client.fileDescriptor, $0, length) == 0
            }
        }
        #expect(isConnected)
        try client.write(contentsOf: Data("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
        let answer = String(decoding: try client.readToEnd() ?? Data(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("served /x"), "\(answer)")
        #expect(node.kill() == -SIGKILL)
    }

    @Test(arguments: Tenant.possible) func theChannelOfTheShimWorks(tenant: Tenant) throws {
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        let script = "process.on('message', m => process.send({ heard: m.say }))"
        let node = try Spawned(
            tenant.command(["node", "-e", script]) { $0.keptDescriptors = [3] },
            environment: ["NODE_CHANNEL_FD": "3"], descriptors: [3: pair[1]])
        close(pair[1])
        let channel = FileHandle(fileDescriptor: pair[0], closeOnDealloc: true)
        try channel.write(contentsOf: Data("{\"say\":\"hello\"}\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n"), let byte = try channel.read(upToCount: 1), !byte.isEmpty { line += byte }
        #expect(String(decoding: line, as: UTF8.self) == "{\"heard\":\"hello\"}\n")
        #expect(node.kill() == -SIGKILL)
    }
}
