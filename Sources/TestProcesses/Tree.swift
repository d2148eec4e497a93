import Foundation

/// Places in the source tree, and temporary ones.
package enum Tree {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// Where this build's programs are: beside the test bundle.
    package static let builds: URL = {
        let bundle = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0])
        let beside = bundle.deletingLastPathComponent()
        let isThere = FileManager.default.isExecutableFile(atPath: beside.appending(path: "nest").path)
        return isThere ? beside : root.appending(path: ".build/debug")
    }()

    /// A fresh directory that others may pass through, gone afterwards.
    package static func withTemporaryDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
        let path = "/tmp/nest-e2e-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}
