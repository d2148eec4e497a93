import Foundation

/// Listens on ports that others want, until it leaves.
struct Squatter: Sendable {
    private let sockets: [Int32]

    /// - Throws: when one of them is taken already.
    init(_ address: String, ports: Range<Int>) throws {
        var sockets: [Int32] = []
        for port in ports {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            sockets.append(descriptor)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = UInt16(port).bigEndian
            inet_pton(AF_INET, address, &name.sin_addr)
            let isBound = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound, listen(descriptor, 1) == 0 else {
                let why = String(cString: strerror(errno))
                for open in sockets { close(open) }
                throw NestProcess.Failure(description: "cannot listen on \(address):\(port): \(why)")
            }
        }
        self.sockets = sockets
    }

    func leave() { for socket in sockets { close(socket) } }
}
