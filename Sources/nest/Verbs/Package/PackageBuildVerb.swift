import ArgumentParser
import Foundation
import Packages

/// `nest package DIR -o FILE.tar.zst`.
struct PackageBuildVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Pack a directory: the same content gives the same bytes.",
        discussion: "Times, owners and file modes are left out (but for whether a file may be run), names are sorted.")

    @Argument(help: "The directory whose content becomes the package.")
    var directory: String

    @Option(name: [.customShort("o"), .long], help: "The archive to write: a name that ends with .tar.zst.")
    var output: String

    func validate() throws {
        guard output.hasSuffix(".tar.zst") else {
            throw ValidationError("--output \(output): give a name that ends with .tar.zst.")
        }
    }

    func run() async throws {
        try await PackageVerb.run {
            let file = try PackageFile(packing: directory, to: output)
            // A URL has no spaces and the like.
            PackageVerb.say(URL(filePath: output).standardizedFileURL.absoluteString, file)
        }
    }
}
