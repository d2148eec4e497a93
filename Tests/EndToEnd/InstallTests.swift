import Foundation
import Testing

/// What `make install` puts on a machine works by itself, and `make uninstall` takes all of it away.
@Suite struct InstallTests {
    private static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func whatIsInstalledWorksAndGoesAgain() async throws {
        try await Tree.withTemporaryDirectory { directory in
            // Built already: with this test.
            func make(_ target: String) throws {
                let made = try Self.run(
                    "/usr/bin/env",
                    [
                        "make", "-C", Tree.root.path, target, "SWIFT_BUILD=true", "BUILT=\(Tree.builds.path)",
                        "PREFIX=/usr", "DESTDIR=\(directory)",
                    ])
                #expect(made.status == 0, "\(made.output)")
            }
            try make("install")
            let binaries = directory + "/usr/bin"
            let names = try FileManager.default.contentsOfDirectory(atPath: binaries).sorted()
            #expect(names == ["kubectl-nest", "nest", "nest-agent", "nest-jail"])
            let shared = try FileManager.default.contentsOfDirectory(atPath: directory + "/usr/share/nest").sorted()
            #expect(shared == ["crds", "runtimes"])
            #expect(FileManager.default.fileExists(atPath: directory + "/usr/share/nest/runtimes/nodejs/host.js"))
            let jvm = directory + "/usr/share/nest/runtimes/jvm"
            for file in ["runtime.json", "options", "out/nest-host.jar", "out/libnest.so", "out/nest.jsa"] {
                #expect(FileManager.default.fileExists(atPath: "\(jvm)/\(file)"), "\(file)")
            }
            let help = try Self.run(binaries + "/kubectl-nest", ["rollout", "undo", "--help"])
            #expect(help.status == 0 && help.output.contains("USAGE: kubectl nest rollout undo"), "\(help.output)")
            let own = try Self.run(binaries + "/nest", ["rollout", "undo", "--help"])
            #expect(own.output.contains("USAGE: nest rollout undo"), "\(own.output)")
            try make("install")
            try make("uninstall")
            #expect(try FileManager.default.contentsOfDirectory(atPath: binaries) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/usr/share") == [])
        }
    }
}
