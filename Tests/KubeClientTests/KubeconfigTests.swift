import FoundationEssentials
import KubeAPI
import Testing

@testable import KubeClient

@Suite struct KubeconfigTests {
    private func decode(_ json: String) throws -> Kubeconfig {
        try JSONDecoder().decode(Kubeconfig.self, from: Data(json.utf8))
    }

    private func configuration(_ json: String) throws -> ClientConfiguration {
        try ClientConfiguration(kubeconfig: try decode(json))
    }

    /// Runs `body` with a new directory that holds `files`.
    private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, text) in files { try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8) }
        try body(directory)
    }

    @Test func takesTheCurrentContext() throws {
        let found = try configuration(
            """
            {"apiVersion":"v1","kind":"Config","preferences":{},"current-context":"two",
             "clusters":[{"name":"a","cluster":{"server":"https://a"}},
              {"name":"b","cluster":{"server":"https://b","certificate-authority-data":"UEVN"}}],
             "users":[{"name":"u","user":{"token":"t"}}],
             "contexts":[{"name":"one","context":{"cluster":"a","user":"u"}},
              {"name":"two","context":{"cluster":"b","user":"u","namespace":"n"}}]}
            """)
        #expect(found == ClientConfiguration(server: "https://b", caPEM: "PEM", token: "t", namespace: "n"))
    }

    /// As kubectl puts the files of KUBECONFIG together.
    @Test func ofSeveralFilesTheFirstThatNamesAnEntryCounts() throws {
        func entry(_ name: String, server: String, user: String) -> String {
            #""clusters":[{"name":"\#(name)","cluster":{"server":"\#(server)"}}],"#
                + #""users":[{"name":"\#(name)","user":{\#(user)}}],"#
                + #""contexts":[{"name":"\#(name)","context":{"cluster":"\#(name)","user":"\#(name)"}}]"#
        }
        let files = try [
            "{\(entry("a", server: "https://a", user: #""token":"1""#))}",
            #"{"current-context":"b",\#(entry("b", server: "https://b", user: #""tokenFile":"t""#))}"#,
            #"{"current-context":"a",\#(entry("a", server: "https://other", user: #""token":"2","tokenFile":"t""#))}"#,
        ].enumerated().map { try decode($1).resolved(in: "/\($0)") }
        var merged = Kubeconfig()
        for file in files { merged.merge(file) }
        #expect(merged.currentContext == "b")
        #expect(merged.clusters.map(\.cluster.server) == ["https://a", "https://b"])
        let configuration = try ClientConfiguration(kubeconfig: merged)
        #expect(configuration.server == "https://b" && configuration.tokenFile == "/1/t")
        merged.currentContext = "a"
        let other = try ClientConfiguration(kubeconfig: merged)
        #expect(other.server == "https://a" && other.token == "1" && other.tokenFile == nil)
    }

    @Test func fileNamesAreRelativeToTheirKubeconfig() throws {
        let found = try decode(
            #"{"clusters":[{"name":"c","cluster":{"server":"s","certificate-authority":"ca"}}],"#
                + #""users":[{"name":"u","user":{"client-certificate":"cert","client-key":"/abs","tokenFile":"t"}}]}"#
        ).resolved(in: "/d")
        #expect(found.clusters.map(\.cluster.certificateAuthority) == ["/d/ca"])
        let user = found.users.first?.user
        #expect(user?.clientCertificate == "/d/cert" && user?.clientKey == "/abs" && user?.tokenFile == "/d/t")
    }

    @Test(arguments: [
        ("{}", "current-context is not set"),
        (#"{"current-context":"x"}"#, "contexts has no 'x'"),
        (#"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":""}}]}"#, "no 'c'"),
        (
            #"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"#
                + #""clusters":[{"name":"c","cluster":{"server":"https://s"}}]}"#, "users has no 'u'"
        ),
        (
            #"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":""}}],"#
                + #""clusters":[{"name":"c","cluster":{"server":"https://s","certificate-authority":"/no/such"}}]}"#,
            "cannot read /no/such"
        ),
        (
            #"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"#
                + #""clusters":[{"name":"c","cluster":{"server":"https://s"}}],"#
                + #""users":[{"name":"u","user":{"client-key-data":"UEVN"}}]}"#, "needs both"
        ),
        (
            #"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"#
                + #""clusters":[{"name":"c","cluster":{"server":"https://s"}}],"#
                + #""users":[{"name":"u","user":{"exec":{"command":"aws"}}}]}"#, "exec"
        ),
    ])
    func saysWhatIsMissing(_ json: String, _ part: String) throws {
        #expect { try configuration(json) } throws: { "\($0)".contains(part) }
    }

    @Test func writesWhatItReads() throws {
        var original = ClientConfiguration(server: "https://127.0.0.1:1", caPEM: "P", token: "t", namespace: "n")
        original.clientCertificatePEM = "C"
        original.clientKeyPEM = "K"
        let bytes = try JSONEncoder().encode(Kubeconfig(name: "nest", configuration: original))
        try withFiles(["config": String(decoding: bytes, as: UTF8.self)]) { directory in
            let found = try ClientConfiguration(jsonFile: "\(directory)/config")
            #expect(found == original)
        }
    }

    @Test func findsFilesBesideTheKubeconfig() throws {
        let json = """
            {"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],
             "clusters":[{"name":"c","cluster":{"server":"https://s","certificate-authority":"ca.pem"}}],
             "users":[{"name":"u","user":{"tokenFile":"token"}}]}
            """
        try withFiles(["config": json, "ca.pem": "P", "token": "t"]) { directory in
            let found = try ClientConfiguration(jsonFile: "\(directory)/config")
            #expect(found.caPEM == "P")
            #expect(found.tokenFile == "\(directory)/token")
        }
    }

    @Test func namesAFileThatIsNoKubeconfig() throws {
        try withFiles(["config": "apiVersion: v1"]) { directory in
            #expect { try ClientConfiguration(jsonFile: "\(directory)/config") } throws: { error in
                "\(error)".contains("\(directory)/config is not a kubeconfig in JSON")
            }
        }
    }

    @Test func readsThePodsServiceAccount() throws {
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        try withFiles(["ca.crt": "P", "token": "t", "namespace": "n"]) { directory in
            let found = try ClientConfiguration.inCluster(environment: environment, directory: directory)
            #expect(
                found
                    == ClientConfiguration(
                        server: "https://[fd00::1]:443", caPEM: "P", tokenFile: "\(directory)/token", namespace: "n"))
        }
        #expect(throws: KubeconfigError.self) { try ClientConfiguration.inCluster(environment: [:]) }
    }

    @Test func readsATokenAgainAfterAMinute() throws {
        try withFiles(["token": "one\n"]) { directory in
            let file = "\(directory)/token"
            let source = TokenSource(ClientConfiguration(server: "https://s", tokenFile: file))
            let start = ContinuousClock.now
            #expect(try source.token(now: start) == "one")
            try "two".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try source.token(now: start + .seconds(59)) == "one")
            #expect(try source.token(now: start + .seconds(60)) == "two")
            try FileManager.default.removeItem(atPath: file)
            #expect(try source.token(now: start + .seconds(120)) == "two")
        }
    }

    @Test func namesATokenFileThatIsNotThere() {
        let source = TokenSource(ClientConfiguration(server: "https://s", tokenFile: "/no/such"))
        #expect { try source.token() } throws: { "\($0)".contains("/no/such") }
    }
}
