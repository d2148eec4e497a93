import Foundation
import Synchronization
import Testing

/// The main job as a user does it: kubectl on one side, an HTTP client on the other.
@Suite(.serialized) struct MainJobTests {
    @Test func applyServeUpdateScaleDelete() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))

            try await kubectl("apply", "-f", "-", input: Manifests.function("hello", code: Manifests.greeter("Hello")))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/hello")
            #expect(try await web.get("/fn/default/hello/a/b?c=d").body == "Hello GET /a/b?c=d")
            #expect(try await web.get("/fn/default/hello").body == "Hello GET /")

            try await kubectl("apply", "-f", "-", input: Manifests.function("hello", code: Manifests.greeter("Servus")))
            try await kubectl("wait", "--for=jsonpath={.status.updatedReplicas}=1", "--timeout=30s", "sbd/hello")
            try await Eventually.holds("the new version answers") {
                try await web.get("/fn/default/hello/").body == "Servus GET /"
            }
            try await Eventually.holds("the old sandbox is gone") {
                try await kubectl("get", "sbx", "-o", "name").split(separator: "\n").count == 1
            }
            #expect(try await kubectl("get", "sbrs", "-o", "name").split(separator: "\n").count == 2)

            try await kubectl("scale", "sbd", "hello", "--replicas=3")
            try await kubectl("wait", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=30s", "sbd/hello")
            try await Eventually.holds("three endpoints are ready") {
                try await kubectl("get", "sbep", "hello", "-o", "jsonpath={.readyEndpoints}") == "3"
            }
            let addresses = try await kubectl("get", "sbep", "hello", "-o", "jsonpath={.endpoints[*].address}")
            let pods = Set(addresses.split(separator: " ").map(String.init))
            // Below are the metrics of each pod.
            func sockets() -> [Int] { pods.flatMap { Leftovers.listeners(on: $0) }.filter { $0 > 20_000 } }
            #expect(sockets().count == 3)

            try await kubectl("scale", "sbd", "hello", "--replicas=0")
            try await Eventually.holds("no sandbox is left") { try await kubectl("get", "sbx", "-o", "name").isEmpty }
            try await Eventually.holds("the gateway says that there is none") {
                try await web.get("/fn/default/hello/").status == 503
            }
            #expect(sockets() == [])

            try await kubectl("delete", "sbd", "hello", "--timeout=30s")
            try await Eventually.holds("everything that it owned is gone") {
                try await kubectl("get", "sbd,sbrs,sbx,sbep", "-o", "name").isEmpty
            }
            try await Eventually.holds("the gateway does not know it") {
                try await web.get("/fn/default/hello/").status == 404
            }
            try await Eventually.holds("only the warm hosts of each pod are left: two of Node.js, one of the JVM") {
                let pods = Leftovers.pods(in: nest.data).count
                return Leftovers.sandboxes(in: nest.data).count == 3 * pods
                    && Leftovers.hosts(of: nest.data).count == 2 * pods
            }
        }
    }

    @Test func anUpdateLosesNoRequest() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await kubectl(
                "apply", "-f", "-", input: Manifests.function("hello", code: Manifests.greeter("v1"), replicas: 2))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/hello")
            let isDone = Mutex(false)
            async let load = {
                var answers: [String: Int] = [:]
                while !isDone.withLock({ $0 }) {
                    let answer = try await web.get("/fn/default/hello/")
                    answers["\(answer.status) \(answer.body)", default: 0] += 1
                }
                return answers
            }()
            defer { isDone.withLock { $0 = true } }
            for version in 2...4 {
                let manifest = Manifests.function("hello", code: Manifests.greeter("v\(version)"), replicas: 2)
                try await kubectl("apply", "-f", "-", input: manifest)
                try await Eventually.holds("version \(version) is everywhere") {
                    let code = try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].spec.package.inline}")
                    let status = "jsonpath={.status.availableReplicas}"
                    let available = try await kubectl("get", "sbd", "hello", "-o", status)
                    return code.components(separatedBy: "v\(version)").count == 3 && available == "2"
                }
            }
            isDone.withLock { $0 = true }
            let answers = try await load
            #expect(answers.keys.sorted() == ["200 v1 GET /", "200 v2 GET /", "200 v3 GET /", "200 v4 GET /"])
        }
    }

    @Test func twoRunSideBySide() async throws {
        try await NestProcess.run { first in
            try await NestProcess.run { second in
                for (nest, name) in [(first, "one"), (second, "two")] {
                    let kubectl = Kubectl(nest)
                    try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: Manifests.greeter(name)))
                    try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
                }
                #expect(try await Web(first).get("/fn/default/f/").body == "one GET /")
                #expect(try await Web(second).get("/fn/default/f/").body == "two GET /")
                #expect(first.ready.api != second.ready.api)
            }
        }
    }

    @Test func anOrdinaryUserGetsLessConfinementAndIsTold() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let user: UInt32? = geteuid() == 0 ? 65_534 : nil
            if let user { chown(directory, user, user) }
            let data = directory + "/data"
            let nest = try await NestProcess.start(data: data, user: user)
            let kubectl = Kubectl(nest)
            let code = "exports.handler = (req, res) => res.end(require('fs').readFileSync('/proc/self/status'));"
            try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
            let status = try await Web(nest).get("/fn/default/f/").body
            for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapBnd:"] {
                #expect(status.contains(line))
            }
            // Not of the next warm pod, which may just have come and said nothing yet.
            let pod = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].spec.nodeName}")
            let confinement = try await kubectl("get", "sbn", pod, "-o", "jsonpath={.status.confinement}")
            #expect(confinement.contains("Reduced") && confinement.contains("UserPerSandbox: not running as root"))
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }

    @Test func aKilledNestLosesNoSandbox() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let first = try await NestProcess.start(data: data)
            let code = "let n = 0; exports.handler = (req, res) => res.end(String(++n));"
            try await Kubectl(first)("apply", "-f", "-", input: Manifests.function("count", code: code))
            try await Kubectl(first)("wait", "--for=condition=Available", "--timeout=30s", "sbd/count")
            #expect(try await Web(first).get("/fn/default/count/").body == "1")
            let place = "jsonpath=http://{.items[0].status.podIP}:{.items[0].status.port}"
            let sandbox = try await Kubectl(first)("get", "sbx", "-o", place)
            await first.kill()
            #expect(try await Web(base: sandbox).get("/").body == "2", "it serves without any control plane")

            let second = try await NestProcess.start(data: data)
            // The same process goes on counting: nothing was started again.
            #expect(try await Web(second).get("/fn/default/count/").body == "3")
            #expect(try await Kubectl(second)("get", "sbx", "-o", "jsonpath={.items[*].status.restartCount}") == "0")
            #expect(await second.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
            #expect(Leftovers.pods(in: data) == [])
        }
    }

    @Test func aRestartKeepsWhatWasDeclared() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let first = try await NestProcess.start(data: data)
            try await Kubectl(first)(
                "apply", "-f", "-", input: Manifests.function("f", code: Manifests.greeter("still")))
            try await Kubectl(first)("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
            #expect(await first.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])

            let second = try await NestProcess.start(data: data)
            try await Eventually.holds("the function serves again") {
                try await Web(second).get("/fn/default/f/").body == "still GET /"
            }
            #expect(await second.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }
}
