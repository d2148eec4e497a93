import Foundation
import Testing

/// What of Nest's environment says how packages are fetched.
@Suite(.serialized) struct FetchTests {
    private func message(_ kubectl: Kubectl, _ name: String) async throws -> String {
        try await kubectl(
            "get", "sbx", "-l", "app=\(name)", "-o", "jsonpath={.items[0].status.conditions[*].message}")
    }

    @Test func packagesComeByWayOfAProxy() async throws {
        try await Archives.serve { archives in
            let archive = try archives.good()
            let data = archives.directory + "/data"
            let nest = try await NestProcess.start(
                data: data, prefix: ["/usr/bin/env", "http_proxy=\(archives.server)"])
            do {
                let kubectl = Kubectl(nest)
                let package =
                    "url: \"http://packages.invalid/files/good.tar.gz\", sha256: \"\(try Archives.digest(archive))\""
                try await kubectl("apply", "-f", "-", input: Manifests.package("far", package))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/far")
                #expect(try await Web(nest).get("/fn/default/far/").body == "from an archive")
            } catch {
                _ = await nest.stop()
                throw error
            }
            #expect(await nest.stop() == 0)
        }
    }

    /// The API server's own certificate is of an authority that no system knows.
    @Test func certificatesAreThoseOfTheBundle() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            var prefix: [String] = []
            for expected in ["certificate", "HTTP 401 Unauthorized"] {
                let nest = try await NestProcess.start(data: data, prefix: prefix)
                do {
                    let kubectl = Kubectl(nest)
                    let package = "url: \"\(nest.ready.api)/package\", sha256: \"\(Archives.noDigest)\""
                    try await kubectl("apply", "-f", "-", input: Manifests.package("closed", package))
                    try await Eventually.holds("it is said: \(expected)") {
                        try await message(kubectl, "closed").contains(expected)
                    }
                    try await kubectl("delete", "sbd", "closed")
                } catch {
                    _ = await nest.stop()
                    throw error
                }
                #expect(await nest.stop() == 0)
                prefix = ["/usr/bin/env", "CURL_CA_BUNDLE=\(data)/pki/ca.crt"]
            }
        }
    }
}
