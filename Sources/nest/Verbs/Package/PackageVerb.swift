import ArgumentParser
import Foundation
import Packages

/// `nest package`: from a directory to the lines that a spec names it by.
struct PackageVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "package", abstract: "Make packages of directories, and store them where pods find them.",
        discussion: """
            `nest package DIR -o FILE.tar.zst` packs a directory. `nest package push DIR` packs it and stores it.
            Both print `url:` and `sha256:`, to be put below `package:` in a spec.
            """,
        subcommands: [PackageBuildVerb.self, PackagePushVerb.self], defaultSubcommand: PackageBuildVerb.self)

    /// Does `body`, and says what goes wrong as the other verbs do.
    static func run(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    /// The lines of a spec.
    static func say(_ url: String, _ file: PackageFile) {
        FileHandle.standardOutput.write(Data("url: \(url)\nsha256: \(file.sha256)\n".utf8))
    }
}
