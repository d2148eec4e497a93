import FoundationEssentials
import Glibc
import Testing

@testable import Agent

extension ProcessTests {
    /// Packages that are compiled for the loads that follow the first.
    @Suite struct CompileTests {
        /// Answers with the sum of its modules, and how many of them V8 took from what was compiled before.
        private static let code = """
            const vm = require('node:vm'); const before = vm.compileFunction; let taken = 0
            vm.compileFunction = (...all) => {
              const made = before(...all)
              if (all[2].cachedData && !made.cachedDataRejected) taken++
              return made
            }
            let sum = 0; for (let i = 0; i < 200; i++) sum += require('./m' + i)
            exports.handler = (q, s) => s.end(sum + ' ' + taken)
            """

        private static let files = Dictionary(
            uniqueKeysWithValues: (0..<200).map {
                ("m\($0).js", "/* \(String(repeating: "x", count: 1000)) */ module.exports = \($0)")
            }
        ).merging(["index.js": code]) { $1 }

        @Test func aPackageIsCompiledWithoutRunningAndServesTheNext() async throws {
            let pod = try await TestPod(prewarmed: 1)
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            var order = try pod.order("a", files: Self.files)
            let outcome = await pod.shim.compile(runtime: "nodejs", directory: order.directory)
            let made = try #require(outcome.file)
            // The host that has made it is gone, and nobody can write to what it made.
            #expect(await pod.shim.list().sandboxes.isEmpty)
            var status = stat()
            #expect(lstat(made, &status) == 0 && status.st_mode == S_IFREG | 0o400 && status.st_uid == geteuid())
            let kept = pod.directory + "/kept"
            try Data(FileManager.default.contents(atPath: made) ?? Data()).write(to: URL(filePath: kept))
            chmod(kept, 0o444)

            let cold = try await pod.shim.plug(order)
            #expect(await fetch(pod.address, try #require(cold.port)).hasSuffix("19900 0"))
            order.uid = "b"
            order.compiled = [order.directory: kept]
            let warm = try await pod.shim.plug(order)
            #expect(await fetch(pod.address, try #require(warm.port)).hasSuffix("19900 200"))
            // Later loads of the package use it without being told each time.
            await pod.shim.useCompiled(directory: order.directory, file: kept)
            order.uid = "c"
            order.compiled = nil
            let told = try await pod.shim.plug(order)
            #expect(await fetch(pod.address, try #require(told.port)).hasSuffix("19900 200"))
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        @Test func aPodWithoutAHostToSpareSaysSo() async throws {
            let pod = try await TestPod(prewarmed: 0)
            let outcome = await pod.shim.compile(runtime: "nodejs", directory: pod.directory)
            #expect(outcome == CompileOutcome(file: nil, isBusy: true))
            #expect(await pod.shim.compile(runtime: "cobol", directory: pod.directory) == CompileOutcome())
            #expect(try await pod.stop() == [])
        }

        @Test func whatIsNoPackageMakesNothing() async throws {
            let pod = try await TestPod(prewarmed: 1)
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            #expect(await pod.shim.compile(runtime: "nodejs", directory: "/nowhere") == CompileOutcome())
            // Another host has taken the place of the one that was used up.
            await pod.wait { _, runtimes in runtimes[0].idle == 1 && runtimes[0].failure == nil }
            #expect(try await pod.stop() == [])
        }
    }
}
