import Foundation
import Testing

/// What the first load of a package leaves for those that follow.
@Suite(.serialized) struct CompileTests {
    /// Answers how many of its modules V8 took from what was compiled before.
    private static let code = """
        const vm = require('node:vm'); const before = vm.compileFunction; let taken = 0
        vm.compileFunction = (...all) => {
          const made = before(...all)
          if (all[2].cachedData && !made.cachedDataRejected) taken++
          return made
        }
        for (let i = 0; i < 200; i++) require('./m' + i)
        exports.handler = (q, s) => s.end(String(taken))
        """

    @Test func laterLoadsBeginWithWhatWasCompiledAfterTheFirst() async throws {
        try await NestProcess.run { nest in
            try await Archives.inDirectory { archives in
                let (kubectl, web) = (Kubectl(nest), Web(nest))
                let folder = archives.directory + "/package"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Self.code.write(toFile: folder + "/index.js", atomically: false, encoding: .utf8)
                for index in 0..<200 {
                    try "/* \(String(repeating: "x", count: 1000)) */ module.exports = \(index)".write(
                        toFile: "\(folder)/m\(index).js", atomically: false, encoding: .utf8)
                }
                let archive = archives.directory + "/package.tar.gz"
                try Archives.run("tar", "-C", folder, "-czf", archive, ".")
                let package = try archives.package(archive)
                try await kubectl("apply", "-f", "-", input: Manifests.package("first", package))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/first")
                #expect(try await web.get("/fn/default/first/").body == "0")

                let digest = try Archives.digest(archive)
                try await Eventually.holds("it is compiled") {
                    try Archives.run("find", nest.data, "-maxdepth", "4", "-name", "nodejs-*\(digest)")
                        .contains(digest)
                }
                try await kubectl("apply", "-f", "-", input: Manifests.package("second", package))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/second")
                #expect(try await web.get("/fn/default/second/").body == "200")
            }
        }
    }
}
