import Foundation
import TestProcesses

/// What a Nest and its pods hold of the machine, by the kind of process: `nest`, `sidecar`, `shim`, `host`.
///
/// What hosts have open is their functions' own.
struct Household: Equatable, CustomStringConvertible {
    var processes: [String: Int] = [:]
    /// Files, pipes, listening sockets and the like.
    var descriptors: [String: Int] = [:]
    /// Files and directories below the data directory, but for those that SQLite makes and removes as it needs them.
    var files = 0
    /// Listening sockets at the pods' addresses.
    var listeners = 0

    init(of nest: NestProcess) {
        let sockets = Self.sockets()
        for (kind, pid) in Self.roles(of: nest) {
            processes[kind, default: 0] += 1
            if kind == "host" { continue }
            descriptors[kind, default: 0] += Self.links(of: pid).count { !sockets.connections.contains($0) }
        }
        let names = FileManager.default.subpaths(atPath: nest.data) ?? []
        files = names.count { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") && !$0.hasSuffix("-journal") }
        listeners = Self.addresses(of: nest).reduce(0) { $0 + (sockets.listeners[$1] ?? 0) }
    }

    /// Open TCP connections: clients keep those that they may need again for a minute.
    static func connections(of nest: NestProcess) -> [String: Int] {
        let open = sockets().connections
        return roles(of: nest).filter { $0.kind != "host" }.reduce(into: [:]) { counts, role in
            counts[role.kind, default: 0] += links(of: role.pid).count { open.contains($0) }
        }
    }

    /// Proportional set size in KiB, and how much of it belongs to no file.
    struct Memory: CustomStringConvertible {
        var total = 0
        var anonymous = 0
        var description: String { "\(total) (\(anonymous) anonymous)" }
    }

    static func memory(of nest: NestProcess) -> [String: Memory] {
        roles(of: nest).filter { $0.kind != "host" }.reduce(into: [:]) { sizes, role in
            let lines = text("/proc/\(role.pid)/smaps_rollup").split(separator: "\n")
            func value(_ name: String) -> Int {
                lines.first { $0.hasPrefix(name) }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
            }
            sizes[role.kind, default: Memory()].total += value("Pss:")
            sizes[role.kind, default: Memory()].anonymous += value("Pss_Anon:")
        }
    }

    var description: String {
        "processes \(processes.inOrder), descriptors \(descriptors.inOrder), \(files) files, \(listeners) listeners"
    }

    private static func roles(of nest: NestProcess) -> [(kind: String, pid: Int32)] {
        Leftovers.processes(of: nest.data).compactMap { line in
            guard let pid = Int32(line.prefix { $0.isNumber }), pid != nest.pid else { return nil }
            let marks = ["sidecar": "nest-agent sidecar", "shim": "nest-agent shim", "host": "host.js"]
            return (marks.first { line.contains($0.value) }?.key ?? line, pid)
        } + [("nest", nest.pid)]
    }

    private static func links(of pid: Int32) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)") }
    }

    private static func addresses(of nest: NestProcess) -> [String] {
        struct Configuration: Decodable { let address: String }
        return Leftovers.pods(in: nest.data).compactMap { pod in
            let file = URL(filePath: "\(nest.data)/machine/pods/\(pod)/control/shim.json")
            return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(Configuration.self, from: $0) }?
                .address
        }
    }

    /// The machine's TCP sockets: connections as descriptors name them, and how many listen at each address.
    private static func sockets() -> (connections: Set<String>, listeners: [String: Int]) {
        var (connections, listeners): (Set<String>, [String: Int]) = ([], [:])
        for line in (text("/proc/net/tcp") + text("/proc/net/tcp6")).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 9, let address = UInt32(fields[1].prefix(8), radix: 16) else { continue }
            if fields[3] == "0A" {
                let octets = (0..<4).map { String(address >> ($0 * 8) & 0xff) }
                listeners[octets.joined(separator: "."), default: 0] += 1
            } else {
                connections.insert("socket:[\(fields[9])]")
            }
        }
        return (connections, listeners)
    }

    private static func text(_ path: String) -> String {
        let data = FileHandle(forReadingAtPath: path).flatMap { try? $0.readToEnd() }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

extension [String: Int] {
    /// For people.
    var inOrder: String { sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }

    /// The larger of both, for each key.
    func highest(_ other: Self) -> Self { merging(other) { Swift.max($0, $1) } }
}
