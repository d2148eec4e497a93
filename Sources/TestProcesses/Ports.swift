import Glibc

/// Ports for servers that come back.
package enum Ports {
    /// A port of 127.0.0.1 that nobody listens on, outside the range that clients' own ports are taken from.
    package static func free() -> Int {
        while true {
            let port = UInt16.random(in: 10_000..<20_000)
            if isFree(port) { return Int(port) }
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
    }
}
