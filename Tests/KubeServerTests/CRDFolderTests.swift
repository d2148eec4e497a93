import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// The CustomResourceDefinitions that the project ships.
@Suite struct CRDFolderTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../crds")

    @Test func everyShippedDefinitionIsAccepted() async throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(!files.isEmpty)
        try await TestServer.run { test in
            for file in files {
                let applied = try await test.kubectl("apply", "-f", file.path)
                #expect(applied.output.hasSuffix("created\n"), "\(file.lastPathComponent): \(applied)")
                try await test.server.apply(crd: YAML.value(of: String(contentsOf: file, encoding: .utf8)))
            }
            let wait = try await test.kubectl("wait", "--for=condition=established", "crd", "--all")
            #expect(wait.code == 0, "\(wait)")
        }
    }
}
