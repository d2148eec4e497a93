import Foundation
import Testing

/// A machine that has no room, or whose ports are taken: said where its user looks, and no neighbour notices.
@Suite(.serialized) struct HostileMachineTests {
    /// A Nest on a small disk, with a function that serves; `body` gets what tells whether it still does.
    private static func withNest(
        smallAt place: String, megabytes: Int,
        _ body: (NestProcess, Kubectl, _ checkNeighbour: () async throws -> Void, _ directory: String) async throws ->
            Void
    ) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            for path in [data, data + "/machine", data + "/machine/packages"] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o711])
            }
            let prefix = SmallDisk.prefix(at: data + place, megabytes: megabytes)
            let nest = try await NestProcess.start(data: data, prefix: prefix)
            let kubectl = Kubectl(
                kubeconfig: SmallDisk.path(nest.ready.kubeconfig, of: nest), home: directory + "/kubectl-home")
            do {
                let code = "let count = 0; exports.handler = (req, res) => res.end(`${process.pid} ${++count}`);"
                try await kubectl("apply", "-f", "-", input: Manifests.function("good", code: code))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/good")
                let first = try await Web(nest).get("/fn/default/good/").body
                let process = try #require(first.split(separator: " ").first)
                try await body(
                    nest, kubectl,
                    {
                        let answer = try await Web(nest).get("/fn/default/good/")
                        #expect(answer.status == 200 && answer.body.hasPrefix("\(process) "), "\(answer.body)")
                    }, directory)
            } catch {
                _ = await nest.stop()
                throw NestProcess.Failure(description: "\(error)\nthe end of nest's log:\n\(nest.log.suffix(3000))")
            }
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }

    /// The address of a unix socket has room for 107 bytes.
    @Test func aDirectoryWithALongPathIsAsGoodAsAny() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/" + String(repeating: "long", count: 25)
            let nest = try await NestProcess.start(data: data)
            let kubectl = Kubectl(nest)
            do {
                try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: Manifests.greeter("hi")))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
                #expect(try await Web(nest).get("/fn/default/f/").status == 200)
            } catch {
                _ = await nest.stop()
                throw error
            }
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root and mount namespaces"))
    func aFullPackageDirectory() async throws {
        try await Self.withNest(smallAt: "/machine/packages", megabytes: 4) {
            nest, kubectl, checkNeighbour, directory in
            let package = try Archives(directory: directory).package(Archives(directory: directory).large(6 << 20))
            try await kubectl("apply", "-f", "-", input: Manifests.package("large", package))
            try await Eventually.holds("the full disk is named") {
                let conditions = try await kubectl(
                    "get", "sbx", "-l", "app=large", "-o", "jsonpath={.items[0].status.conditions}")
                return conditions.contains("StorageFailed") && conditions.contains("No space left on device")
            }
            try await checkNeighbour()
            // What did not fit has left nothing: there is room for others.
            try await kubectl("apply", "-f", "-", input: Manifests.function("small", code: Manifests.greeter("small")))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/small")
            #expect(try await Web(nest).get("/fn/default/small/").body == "small GET /")
            try await checkNeighbour()
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root and mount namespaces"))
    func aFullDataDirectory() async throws {
        try await Self.withNest(smallAt: "", megabytes: 64) { nest, kubectl, checkNeighbour, _ in
            let filler = SmallDisk.path(nest.data + "/filler", of: nest)
            let manifest = Manifests.function("late", code: Manifests.greeter("late"))
            var refused = ""
            try await Eventually.holds("writes are refused") {
                try SmallDisk.fill(filler)
                let result = try await kubectl.attempt(["apply", "-f", "-"], input: manifest)
                guard result.status != 0 else {
                    // There was room in the database's own files.
                    try await kubectl("delete", "sbd", "late")
                    return false
                }
                refused = result.errors
                return true
            }
            #expect(
                refused.contains("no space is left for ") && refused.contains("free some, then try again"), "\(refused)"
            )
            try await checkNeighbour()
            #expect(try await kubectl("get", "sbd", "-o", "name").contains("sandboxdeployment.nest.dev/good"))

            try FileManager.default.removeItem(atPath: filler)
            try await kubectl("apply", "-f", "-", input: manifest)
            try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd/late")
            #expect(try await Web(nest).get("/fn/default/late/").body == "late GET /")
            try await checkNeighbour()
        }
    }

    /// Somebody else listens where the next sandboxes would.
    @Test func portsThatAreTaken() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            // All in one pod, whose ports follow each other.
            try await kubectl("patch", "rpool", "default", "--type=merge", "-p", #"{"spec":{"maxPods":1}}"#)
            func port(_ name: String) async throws -> Int {
                try await kubectl("apply", "-f", "-", input: Manifests.function(name, code: Manifests.greeter(name)))
                try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd/\(name)")
                #expect(try await web.get("/fn/default/\(name)/").body == "\(name) GET /")
                return Int(
                    try await kubectl("get", "sbx", "-l", "app=\(name)", "-o", "jsonpath={.items[0].status.port}")) ?? 0
            }
            let first = try await port("first")
            let address = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].status.podIP}")
            let one = try Squatter(address, ports: first + 1..<first + 2)
            #expect(try await port("second") == first + 2, "the next that is free")

            // The first restart comes at once, with sixteen other ports.
            let many = try Squatter(address, ports: first + 3..<first + 35)
            try await kubectl("apply", "-f", "-", input: Manifests.function("third", code: Manifests.greeter("third")))
            let taken = "cannot listen on \(address):\(first + 34): Address already in use"
            var conditions = ""
            do {
                try await Eventually.holds("the port is named") {
                    conditions = try await kubectl(
                        "get", "sbx", "-l", "app=third", "-o", "jsonpath={.items[0].status.conditions}")
                    return conditions.contains("NoPort") && conditions.contains(taken)
                }
            } catch {
                let nodes = try await kubectl("get", "sbx,sbn", "-o", "wide")
                throw NestProcess.Failure(description: "\(error)\n\(taken)\n\(conditions)\n\(nodes)")
            }
            many.leave()
            try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd/third")
            #expect(try await web.get("/fn/default/third/").body == "third GET /")
            #expect(try await web.get("/fn/default/first/").body == "first GET /")
            one.leave()
        }
    }
}
