import Foundation

/// What of a Nest can still be seen on the machine.
package enum Leftovers {
    /// The processes whose command line, environment or working directory lies in `directory`.
    package static func processes(of directory: String) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { Int32($0) != nil && Int32($0) != getpid() }.compactMap { pid in
            let command = text("/proc/\(pid)/cmdline").replacingOccurrences(of: "\0", with: " ")
            guard !command.hasPrefix("kubectl") else { return nil }
            let cwd = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
            let marks = [command, text("/proc/\(pid)/environ"), cwd]
            return marks.contains { $0.contains(directory) } ? "\(pid) \(command)" : nil
        }
    }

    /// The node processes among them.
    package static func hosts(of directory: String) -> [String] {
        processes(of: directory).filter { $0.contains("host.js") }
    }

    /// The ids of those whose command has that word.
    package static func ids(of directory: String, with word: String = "") -> [Int32] {
        processes(of: directory).filter { word.isEmpty || $0.split(separator: " ").contains { $0 == word } }
            .compactMap { Int32($0.prefix { $0 != " " }) }
    }

    package static func pods(in data: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: data + "/machine/pods")) ?? []
    }

    /// The directories of the sandboxes of all pods.
    package static func sandboxes(in data: String) -> [String] {
        pods(in: data).flatMap { pod in
            (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/machine/pods/\(pod)/sandboxes")) ?? []
        }
    }

    /// The listening TCP ports of an IPv4 address.
    package static func listeners(on address: String) -> [Int] {
        let octets = address.split(separator: ".").compactMap { UInt8($0) }
        let hex = octets.reversed().map { String(format: "%02X", $0) }.joined()
        return text("/proc/net/tcp").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 3, fields[3] == "0A", fields[1].hasPrefix(hex + ":") else { return nil }
            return Int(fields[1].dropFirst(9), radix: 16)
        }
    }

    /// Files of /proc have no size, so they are read to their end.
    private static func text(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
