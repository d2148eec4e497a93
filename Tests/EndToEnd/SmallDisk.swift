import Foundation

/// A file system of a few megabytes that only one Nest sees: in a mount namespace of its own, gone with its processes.
enum SmallDisk {
    /// Whether this user and machine may have one.
    static let isPossible: Bool = {
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/unshare")
        probe.arguments = ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    /// What starts a Nest so that the directory `place`, which is there, is such a file system.
    static func prefix(at place: String, megabytes: Int) -> [String] {
        let script = "mount -t tmpfs -o size=\(megabytes)m,mode=0711 tmpfs \"$0\" && exec \"$@\""
        return ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, place]
    }

    /// A path of the Nest's, as everybody else has to name it.
    static func path(_ path: String, of nest: NestProcess) -> String { "/proc/\(nest.pid)/root\(path)" }

    /// Takes all the room that there is.
    static func fill(_ file: String) throws {
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        guard let handle = FileHandle(forWritingAtPath: file) else { throw CocoaError(.fileNoSuchFile) }
        defer { try? handle.close() }
        for size in [1 << 20, 4096, 1] {
            let zeros = Data(count: size)
            // At most a gigabyte: a place that is no small disk is a fault of the test.
            for _ in 0..<1024 {
                do { try handle.write(contentsOf: zeros) } catch { break }
            }
        }
    }
}
