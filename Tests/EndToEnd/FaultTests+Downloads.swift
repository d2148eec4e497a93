import Foundation
import Testing

extension FaultTests {
    /// Packages that come slowly, or break off, while their sidecar and its shim are killed.
    @Test func downloadsGoOnAfterAKillAndHoldUpNobody() async throws {
        try await Archives.serve { archives in
            try await NestHouse.run { house in
                try await Self.deploy(house)
                let clients = Clients(house.web)
                let load = Task { await clients.run() }
                defer { clients.end() }
                let good = try archives.good()
                let manifests = [
                    Manifests.package("slow-to-come", try archives.served("slow/good.tar.gz", as: good)),
                    Manifests.package("cut", try archives.served("truncated")),
                ]
                try await house.kubectl("apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
                let server = Web(base: archives.server)
                try await Eventually.holds("it is being fetched") { try await server.get("/asked").body == "1" }
                house.killAgents("sidecar")
                try await Eventually.holds("the next sidecar fetches it, too") {
                    try await server.get("/asked").body == "2"
                }
                try await clients.goOn()
                #expect(clients.takeFailures() == [], "without a sidecar")
                house.killAgents("shim")
                try await clients.goOn()
                let lost = clients.takeFailures()
                #expect(lost.count <= 6 && lost.allSatisfy { $0.contains("sandbox-closed-connection") }, "\(lost)")

                try await house.kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd/slow-to-come")
                try await Eventually.holds("it answers") {
                    try await house.web.get("/fn/default/slow-to-come/").body == "from an archive"
                }
                try await Eventually.holds("what is wrong with the other is said") {
                    let conditions = try await house.kubectl(
                        "get", "sbx", "-l", "app=cut", "-o", "jsonpath={.items[0].status.conditions}")
                    return conditions.contains("FetchFailed") && conditions.contains("10000 bytes remaining")
                }
                try await house.kubectl("delete", "sbd", "cut", "slow-to-come")
                // The killed sidecar's workspace has gone with it: there is one of each that lives.
                let sidecars = Leftovers.ids(of: house.machineData, with: "sidecar").count
                try await Eventually.holds("no part of a package is left") {
                    let workspaces = Self.workspaces(house)
                    return workspaces.allSatisfy { $0.files == 0 } && workspaces.count == sidecars
                }
                try await clients.goOn()
                #expect(clients.takeFailures() == [])
                clients.end()
                await load.value
            }
        }
    }

    /// Where packages are fetched and unpacked, and how many files are there.
    private static func workspaces(_ house: NestHouse) -> [(name: String, files: Int)] {
        let directory = house.machineData + "/machine/packages/tmp"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { !$0.hasSuffix("lock") }.map { name in
            (name, FileManager.default.enumerator(atPath: "\(directory)/\(name)")?.allObjects.count ?? 0)
        }
    }
}
