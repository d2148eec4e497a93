import FoundationEssentials
import Glibc
import Testing

@testable import Agent

private let hello = "exports.handler = (req, res) => res.end(process.env.GREETING + ' ' + req.url)"

extension Shim {
    /// Ports, users and processes in use.
    fileprivate var taken: [Int] { [ports.count, slots.count, hosts.count] }
}

/// Tests that start processes count them, so they run one after another.
@Suite(.serialized) struct ProcessTests {}

extension ProcessTests {
    @Suite struct ShimTests {
        @Test func plugsServesUnplugsAndLeavesNothing() async throws {
            let pod = try await TestPod()
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(report.state == .running)
            let port = try #require(report.port)
            #expect(await fetch(pod.address, port, path: "/x").hasSuffix("hello /x"))
            await pod.shim.unplug("a", graceSeconds: 5)
            #expect(await fetch(pod.address, port) == "")
            #expect(await pod.shim.list().sandboxes.isEmpty)
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        @Test func givesBackWhatItTakes() async throws {
            let pod = try await TestPod(prewarmed: 1)
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            let before = (Census.children().count, Census.descriptors())
            let exits = "exports.handler = () => process.exit(3)"
            for round in 0..<9 {
                let (uid, code) = ("round-\(round)", [hello, "throw new Error('no')", exits][round % 3])
                let report = try await pod.shim.plug(try pod.order(uid, files: ["index.js": code]))
                #expect(report.state == (round % 3 == 1 ? .failed : .running))
                if report.state == .running, let port = report.port {
                    #expect(await fetch(pod.address, port).isEmpty == (round % 3 == 2))
                }
                await pod.shim.unplug(uid, graceSeconds: 5)
            }
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            #expect(Census.children().count == before.0)
            #expect(Census.descriptors() == before.1)
            let counts = await pod.shim.taken
            #expect(counts == [0, 1, 1])
            let directories = try FileManager.default.contentsOfDirectory(atPath: pod.directory + "/sandboxes")
            #expect(directories.count == 1)
            #expect(try await pod.stop() == [])
        }

        @Test(arguments: [
            ("exports.handler = 1", "HandlerNotAFunction", "a function (req, res) is expected"),
            ("exports.other = 1", "HandlerNotFound", "it exports: other"),
            ("function ( {", "SyntaxError", "index.js:1"),
            ("throw new Error('no database')", "LoadError", "at Object.<anonymous> (index.js:1:7)"),
            ("process.exit(3)", "ExitedWhileLoading", "exit code 3"),
            (
                "console.error('last words'); process.kill(process.pid, 'SIGKILL')", "LoadError",
                "signal 9 (SIGKILL)\nlast words"
            ),
        ])
        func saysWhyALoadFailed(code: String, reason: String, part: String) async throws {
            let pod = try await TestPod(prewarmed: 1)
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": code]))
            #expect(report.state == .failed)
            #expect(report.reason == reason)
            #expect(report.message?.contains(part) == true, "\(report.message ?? "")")
            // The same sandbox may be tried again, with other code.
            let again = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(again.state == .running && again.port == report.port)
            #expect(try await pod.stop() == [])
        }

        @Test func memoryIsLimited() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                const held = []
                exports.handler = (req, res) => {
                  if (req.url === '/limit') return res.end(String(require('fs').readFileSync('/proc/self/limits')))
                  for (let i = 0; i < 4096; i++) held.push(Buffer.alloc(1 << 20, 1))
                  res.end('all of it')
                }
                """
            var order = try pod.order("a", files: ["index.js": code])
            order.memoryBytes = 160 << 20
            let port = try #require(try await pod.shim.plug(order).port)
            let limits = await fetch(pod.address, port, path: "/limit")
            #expect(
                limits.split(separator: "\n").contains {
                    $0.hasPrefix("Max data size") && $0.split(separator: " ").contains("167772160")
                })
            #expect(!(await fetch(pod.address, port, path: "/eat")).contains("all of it"))
            #expect((getuid(), geteuid(), getgid(), getegid()) == (geteuid(), getuid(), getegid(), getgid()))
            #expect(try await pod.stop() == [])
        }

        @Test func aLoadThatNeverEndsIsEnded() async throws {
            let pod = try await TestPod(prewarmed: 1)
            var order = try pod.order(
                "a", files: ["index.mjs": "await new Promise((resolve) => setTimeout(resolve, 1e9))"])
            order.startSeconds = 0.3
            let report = try await pod.shim.plug(order)
            #expect(report.reason == "StartupTimeout")
            #expect(try await pod.stop() == [])
        }

        @Test func saysHowASandboxEnded() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                exports.handler = (req, res) => {
                  res.end('bye')
                  if (req.url === '/throw') setImmediate(() => { throw new Error('late') })
                  else { console.log('good bye'); process.exit(7) }
                }
                """
            for (uid, path, reason, part) in [
                ("a", "/throw", "Crashed", "exit code 1\nError: late"), ("c", "/throw", "Crashed", "\nin request "),
                ("b", "/exit", "Exited", "exit code 7\ngood bye"),
            ] {
                let report = try await pod.shim.plug(try pod.order(uid, files: ["index.js": code]))
                _ = await fetch(pod.address, try #require(report.port), path: path)
                await pod.wait { sandboxes, _ in sandboxes.contains { $0.uid == uid && $0.state == .exited } }
                let ended = try #require(await pod.shim.list().sandboxes.first { $0.uid == uid })
                #expect(ended.reason == reason)
                #expect(ended.message?.contains(part) == true, "\(ended.message ?? "")")
                await pod.shim.unplug(uid, graceSeconds: 0)
            }
            #expect(try await pod.stop() == [])
        }

        @Test func oneWhoseEventLoopHangsIsEnded() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = "exports.handler = () => { console.log('into the loop'); for (;;) {} }"
            var order = try pod.order("a", files: ["index.js": code])
            order.timeoutSeconds = 1
            let report = try await pod.shim.plug(order)
            #expect(await fetch(pod.address, try #require(report.port)) == "")
            await pod.wait { sandboxes, _ in sandboxes.contains { $0.state == .exited } }
            let ended = try #require(await pod.shim.list().sandboxes.first)
            #expect(ended.reason == "Hung")
            #expect(ended.message?.hasPrefix("Hung: its event loop did not turn for 6 s") == true)
            #expect(ended.message?.hasSuffix("\ninto the loop") == true, "\(ended.message ?? "")")
            #expect(try await pod.stop() == [])
        }

        @Test func oneThatOnlyWorksHardIsLeftAlone() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                exports.handler = (req, res) => {
                  for (const end = Date.now() + 1500; Date.now() < end;) {}
                  res.end('done')
                }
                """
            let port = try #require(try await pod.shim.plug(try pod.order("a", files: ["index.js": code])).port)
            #expect(await fetch(pod.address, port).hasSuffix("done"))
            #expect(await pod.shim.list().sandboxes.first?.state == .running)
            #expect(try await pod.stop() == [])
        }

        @Test func everySignatureIsServed() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let returns = "exports.handler = (it, { function: f }) => [f.name, f.namespace, f.revision, f.uid].join()"
            let listens =
                "require('http').createServer((q, s) => s.end(process.cwd() + ' runs')).listen(process.env.PORT)"
            for (signature, handler, code, answer) in [
                ("event", "index.handler", returns, "hello,default,r7,event"), ("server", "index", listens, " runs"),
            ] {
                var order = try pod.order(signature, files: ["index.js": code], handler: handler)
                order.signature = signature
                order.function = .init(name: "hello", namespace: "default", revision: "r7", sandbox: "hello-r7-x")
                let report = try await pod.shim.plug(order)
                let port = try #require(report.port, "\(report.message ?? "")")
                #expect(await fetch(pod.address, port).hasSuffix(answer))
            }
            #expect(try await pod.stop() == [])
        }

        @Test func concurrencyReachesTheHost() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                let most = 0, now = 0
                exports.handler = async (req, res) => {
                  most = Math.max(most, ++now)
                  await new Promise((resolve) => setTimeout(resolve, 20))
                  now--
                  res.end(String(most))
                }
                """
            var order = try pod.order("a", files: ["index.js": code])
            order.concurrency = 1
            let port = try #require(try await pod.shim.plug(order).port)
            let answers = await withTaskGroup { group in
                for _ in 0..<4 { group.addTask { await fetch(pod.address, port) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.hasSuffix("1") }, "\(answers)")
            #expect(try await pod.stop() == [])
        }

        @Test func oneThatDoesNotStopIsKilled() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = "exports.handler = (req, res) => { res.end('x'); setImmediate(() => { for (;;) {} }) }"
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": code]))
            _ = await fetch(pod.address, try #require(report.port))
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(await pod.shim.list().sandboxes.isEmpty)
            #expect(try await pod.stop() == [])
        }

        @Test func hostsThatDoNotBootAreReported() async throws {
            let pod = try await TestPod(prewarmed: 0, node: "/nonexistent/node")
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(report.state == .failed)
            #expect(report.reason == "RuntimeNotReady")
            #expect(report.message?.contains("/nonexistent/node") == true, "\(report.message ?? "")")
            #expect(try await pod.stop() == [])
        }

        @Test func refusesWhatItCannotDo() async throws {
            let pod = try await TestPod(prewarmed: 0, maxSandboxes: 1)
            var order = try pod.order("a", files: ["index.js": hello])
            order.runtime = "cobol"
            await #expect(
                throws: Shim.Refusal(
                    reason: "UnsupportedRuntime", message: "the pod has no runtime 'cobol'; it has nodejs")
            ) {
                try await pod.shim.plug(order)
            }
            order.runtime = "nodejs"
            #expect(try await pod.shim.plug(order).state == .running)
            let second = try pod.order("b", files: ["index.js": hello])
            await #expect(throws: Shim.Refusal.self) { try await pod.shim.plug(second) }
            #expect(try await pod.stop() == [])
        }

        @Test func portsThatOthersHaveArePassedOver() async throws {
            let pod = try await TestPod(prewarmed: 1, ports: 20001..<20004)
            let others = try [20001, 20003].map { try Sockets.listen(address: pod.address, port: $0) }
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(report.port == 20002)
            let second = try pod.order("b", files: ["index.js": hello])
            let refusal = await #expect(throws: Shim.Refusal.self) { try await pod.shim.plug(second) }
            #expect(refusal?.reason == "NoPort")
            let message = refusal?.message ?? ""
            #expect(message.hasPrefix("cannot listen on \(pod.address):2000") && message.hasSuffix("already in use"))
            for other in others { close(other) }
            #expect([20001, 20003].contains(try await pod.shim.plug(second).port))
            #expect(await fetch(pod.address, 20002).hasSuffix("hello /"))
            #expect(try await pod.stop() == [])
        }

        @Test func manyAtOnce() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let orders = try (0..<6).map { try pod.order("s\($0)", files: ["index.js": hello]) }
            let ports = try await withThrowingTaskGroup { group in
                for order in orders { group.addTask { try await pod.shim.plug(order).port } }
                return try await group.reduce(into: Set<Int>()) { if let port = $1 { $0.insert(port) } }
            }
            #expect(ports.count == 6)
            for port in ports { #expect(await fetch(pod.address, port, path: "/m").hasSuffix("hello /m")) }
            #expect(try await pod.stop() == [])
        }
    }
}
