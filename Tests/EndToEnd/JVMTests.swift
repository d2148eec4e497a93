import Foundation
import Testing

/// Functions in Java, from kubectl to the gateway: many in one process.
@Suite(.serialized) struct JVMTests {
    private static let greeting = #"response.write(System.getenv("NEST_DEPLOYMENT") + " " + request.path());"#

    /// Which JVM a sandbox is in: a process's own id is not for functions.
    private static let whichJVM =
        "response.write(Long.toString(java.lang.management.ManagementFactory.getRuntimeMXBean().getStartTime()));"

    private static func jvms(of nest: NestProcess) -> [Int32] {
        Leftovers.ids(of: nest.data, with: "dev.nest.host/dev.nest.host.Main")
    }

    private static func apply(_ kubectl: Kubectl, _ manifests: String...) async throws {
        try await kubectl("apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
        try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd", "--all")
    }

    @Test func bothExamplesAnswerFromOnePod() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let examples = Tree.root.appending(path: "examples").path
            try await kubectl("apply", "-f", "\(examples)/hello-node.yaml", "-f", "\(examples)/hello-jvm.yaml")
            try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd", "--all")
            #expect(try await web.get("/fn/default/hello/x").body == "Hello from Nest, you asked for /x\n")
            #expect(try await web.get("/fn/default/hello-jvm/x").body == "Hello from the JVM, you asked for /x\n")
            let nodes = try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].spec.nodeName}")
                .split(separator: " ")
            #expect(nodes.count == 2 && Set(nodes).count == 1)
            let runtimes = try await kubectl("get", "sbn", String(nodes[0]), "-o", "jsonpath={.status.runtimes}")
            #expect(runtimes.contains(#""name":"jvm","prewarmed":1,"version":"17."#), "\(runtimes)")
            // What it prints is in its own log.
            try await Self.apply(
                kubectl, Manifests.java(Manifests.servlet("System.out.println(\"a word\");"), name: "says"))
            _ = try await web.get("/fn/default/says/")
            try await Eventually.holds("the word is in its log") {
                try await Program.run(
                    NestProcess.program, ["logs", "sbd/says"], environment: ["KUBECONFIG": nest.ready.kubeconfig]
                ).output.contains("a word")
            }
        }
    }

    /// What one does to itself is answered with 500 there, and nobody else in the JVM notices.
    @Test func attacksStayWhereTheyAre() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let attacker = Manifests.servlet(
                #"""
                switch (request.path()) {
                    case "/exit": System.exit(3); break;
                    case "/halt": Runtime.getRuntime().halt(3); break;
                    case "/recursion": recurse(1); break;
                    case "/memory": java.util.List<long[]> held = new java.util.ArrayList<>(); while (true) held.add(new long[1 << 20]);
                    case "/throws": throw new Error("on purpose");
                    case "/thread": Thread it = new Thread(() -> { throw new Error("in a thread"); }); it.start(); it.join(); break;
                    case "/exec": response.write(attempt(() -> new ProcessBuilder("/bin/true").start())); return;
                    case "/library": response.write(attempt(() -> { System.load("/lib/x86_64-linux-gnu/libm.so.6"); return 1; })); return;
                    case "/unix": response.write(attempt(() -> java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX))); return;
                    case "/shadow": response.write(attempt(() -> java.nio.file.Files.readString(java.nio.file.Path.of("/etc/shadow")))); return;
                    case "/environ": response.write(attempt(() -> java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/environ")))); return;
                    case "/manager": response.write(attempt(() -> { System.setSecurityManager(null); return 1; })); return;
                    default: break;
                }
                response.write("alive");
                """#,
                members: """
                    private static int recurse(int depth) { return recurse(depth + 1) + 1; }
                    private static String attempt(java.util.concurrent.Callable<?> body) {
                        try { return "done: " + body.call(); } catch (Throwable refusal) { return "refused"; }
                    }
                    """)
            try await Self.apply(
                kubectl, Manifests.java(attacker, name: "attacker"),
                Manifests.java(Manifests.servlet(Self.whichJVM), name: "neighbour"))
            let jvm = try await web.get("/fn/default/neighbour/").body
            for path in ["exec", "library", "unix", "shadow", "environ", "manager"] {
                #expect(try await web.get("/fn/default/attacker/\(path)").body == "refused", "\(path)")
            }
            for (path, status) in [
                ("exit", 500), ("halt", 500), ("recursion", 500), ("throws", 500), ("thread", 200), ("memory", 500),
            ] {
                #expect(try await web.get("/fn/default/attacker/\(path)").status == status, "\(path)")
                let neighbour = try await web.get("/fn/default/neighbour/")
                #expect(neighbour.status == 200, "\(path)")
                // A JVM whose heap was full may be replaced.
                #expect(path == "memory" || neighbour.body == jvm, "\(path)")
            }
            // Whoever fills the heap may be started again for it.
            try await Eventually.holds("it lives") { try await web.get("/fn/default/attacker/").body == "alive" }
            let neighbour = try await kubectl(
                "get", "sbx", "-l", "app=neighbour", "-o", "jsonpath={.items[0].status.restartCount}")
            #expect(neighbour == "0")
        }
    }

    /// A thread that does not die costs its JVM, and nobody a request.
    @Test func aTaintedJVMIsReplacedWithoutALostRequest() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let stuck = Manifests.servlet(
                "if (request.path().equals(\"/stuck\")) for (;;) { try { Thread.sleep(1000); } catch (Throwable it) { } } \(Self.whichJVM)"
            )
            try await Self.apply(
                kubectl, Manifests.java(stuck, name: "stuck", extra: "      timeoutSeconds: 1"),
                Manifests.java(Manifests.servlet(Self.whichJVM), name: "neighbour"))
            let jvm = try await web.get("/fn/default/neighbour/").body
            #expect(try await web.get("/fn/default/stuck/").body == jvm)
            #expect(try await web.get("/fn/default/stuck/stuck").status == 504)
            var lost = 0
            try await Eventually.holds("both are in another JVM", within: .seconds(60)) {
                let answers = [try await web.get("/fn/default/neighbour/"), try await web.get("/fn/default/stuck/")]
                lost += answers.count { $0.status != 200 }
                return answers.allSatisfy { $0.body != jvm }
            }
            #expect(lost == 0)
            try await Eventually.holds("the old one has ended", within: .seconds(90)) {
                Self.jvms(of: nest).count == Leftovers.pods(in: nest.data).count
            }
            #expect(try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].status.restartCount}") == "0 0")
        }
    }

    /// The user's own error, where its user looks, and a neighbour that notices nothing.
    @Test func whatCannotBeLoadedSaysWhy() async throws {
        try await Archives.inDirectory { archives in
            try await NestProcess.run { nest in
                let (kubectl, web) = (Kubectl(nest), Web(nest))
                try await Self.apply(kubectl, Manifests.java(Manifests.servlet(Self.whichJVM), name: "neighbour"))
                let jvm = try await web.get("/fn/default/neighbour/").body
                for bad in try BrokenJava.all(archives) {
                    try await kubectl("apply", "-f", "-", input: bad.manifest)
                    var seen = ""
                    do {
                        try await Eventually.holds("the sandbox of \(bad.name) says why") {
                            seen = try await kubectl(
                                "get", "sbx", "-l", "app=\(bad.name)", "-o", "jsonpath={.items[0].status}")
                            return bad.words.allSatisfy(seen.contains)
                        }
                    } catch {
                        throw NestProcess.Failure(description: "\(error)\n\(bad.words)\n\(seen)")
                    }
                    #expect(try await web.get("/fn/default/neighbour/").body == jvm, "\(bad.name)")
                    try await kubectl("delete", "sbd", bad.name, "--timeout=30s")
                }
            }
        }
    }

    @Test func aJVMThatIsKilledComesBackWithAllItHad() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await Self.apply(
                kubectl, Manifests.java(Manifests.servlet(Self.whichJVM), name: "one"),
                Manifests.java(Manifests.servlet(Self.whichJVM), name: "two"))
            let jvm = try await web.get("/fn/default/one/").body
            #expect(try await web.get("/fn/default/two/").body == jvm)
            for pid in Self.jvms(of: nest) { kill(pid, SIGKILL) }
            for name in ["one", "two"] {
                try await Eventually.holds("\(name) answers again") {
                    let answer = try await web.get("/fn/default/\(name)/")
                    return answer.status == 200 && answer.body != jvm
                }
            }
            let last = try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].status.lastTermination.signal}")
            #expect(last == "9 9")
        }
    }
}
