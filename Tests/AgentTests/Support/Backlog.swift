import FoundationEssentials
import Glibc

/// The connections that nobody has accepted yet, as the kernel counts them.
enum Backlog {
    /// - Returns: how many wait at the port; nil when nobody listens there.
    static func count(_ address: String, _ port: Int) -> Int? {
        var name = in_addr()
        inet_pton(AF_INET, address, &name)
        let wanted = hex(name.s_addr, 8) + ":" + hex(UInt32(port), 4)
        let text = FileManager.default.contents(atPath: "/proc/net/tcp").map { String(decoding: $0, as: UTF8.self) }
        for line in (text ?? "").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            // Of a socket that listens (0A) the second queue is its backlog.
            guard fields.count > 4, fields[1] == wanted, fields[3] == "0A" else { continue }
            return fields[4].split(separator: ":").last.flatMap { Int($0, radix: 16) }
        }
        return nil
    }

    /// Returns once so many wait there, or after five seconds.
    static func wait(for count: Int, at address: String, _ port: Int) async throws {
        for _ in 0..<500 where self.count(address, port) != count { try await Task.sleep(for: .milliseconds(10)) }
    }

    private static func hex(_ number: UInt32, _ digits: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
