import Foundation
import TestProcesses

/// A `nest apiserver` that lives as long as this test process.
enum OwnServer {
    /// Starts it in a directory of its own.
    /// - Returns: its kubeconfig.
    static func start() async throws -> String {
        let directory = "/tmp/nest-conformance-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let data = directory + "/data"
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // However this process ends, its end of the pipe closes: then the server and its directory go.
        let script = #""$@" </dev/null & server=$!; cat >/dev/null; kill -9 $server; wait; rm -rf "$0""#
        process.arguments = ["-c", script, directory, NestProcess.program] + APIServerProcess.arguments(data: data)
        process.standardInput = life
        process.standardOutput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: directory + "/log", contents: nil)
        process.standardError = FileHandle(forWritingAtPath: directory + "/log")
        try process.run()
        return try await APIServerProcess.waitUntilReady(data: data)
    }

    /// Held open until this process ends.
    private static let life = Pipe()
}
