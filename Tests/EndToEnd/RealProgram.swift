import Foundation
import Testing

/// A program of `Programs`, an ordinary one that knows nothing of Nest, with the modules that its package.json names.
struct RealProgram: Sendable {
    enum Way: Sendable {
        /// `nest package DIR -o FILE`, read from where it lies.
        case file
        /// `nest package push DIR`, fetched from the package store.
        case store
    }

    /// Its folder in `Programs`, and the function's name.
    let name: String
    /// What is run.
    let main: String

    /// Where Debian puts the modules of its packages.
    private static let moduleRoots = ["/usr/share/nodejs", "/usr/lib/nodejs", "/usr/lib/x86_64-linux-gnu/nodejs"]

    static var folder: URL { Tree.root.appending(path: "Tests/EndToEnd/Programs") }

    /// Packs it, applies a function of it, and waits until that is available.
    /// - Parameters:
    ///   - nest: where.
    ///   - way: how its archive gets there.
    /// - Throws: what kubectl or `nest package` said.
    func deploy(on nest: NestProcess, by way: Way) async throws {
        try await Tree.withTemporaryDirectory { directory in
            try gather(into: directory + "/program")
            // Readable by everybody, and there for as long as the function is.
            let archive = URL(filePath: nest.data).deletingLastPathComponent().path + "/\(name).tar.zst"
            let words = way == .file ? ["\(directory)/program", "-o", archive] : ["push", "\(directory)/program"]
            let packed = try await Program.run(
                NestProcess.program, ["package"] + words, environment: ["KUBECONFIG": nest.ready.kubeconfig])
            try #require(packed.status == 0, "\(packed.errors)")
            let package = packed.output.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return "\(words[0]) \"\(words[1])\""
            }
            let manifest = Manifests.package(
                name, package.joined(separator: ", "), handler: main,
                extra: "      signature: server")
            let kubectl = Kubectl(nest)
            try await kubectl("apply", "-f", "-", input: manifest)
            try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd/\(name)")
        }
    }

    /// Copies the program and all modules that it needs to `place`, as `npm install` would have put them there.
    func gather(into place: String) throws {
        let files = FileManager.default
        try files.copyItem(atPath: Self.folder.appending(path: name).path, toPath: place)
        var missing = try Self.dependencies(of: place)
        while let module = missing.popFirst() {
            let target = place + "/node_modules/" + module
            guard !files.fileExists(atPath: target) else { continue }
            guard let root = Self.moduleRoots.first(where: { files.fileExists(atPath: "\($0)/\(module)") }) else {
                throw NestProcess.Failure(
                    description: "no module \(module): deploy/local/install-packages test installs what the tests need")
            }
            try files.createDirectory(
                atPath: URL(filePath: target).deletingLastPathComponent().path, withIntermediateDirectories: true)
            try files.copyItem(
                at: URL(filePath: "\(root)/\(module)").resolvingSymlinksInPath(), to: URL(filePath: target))
            missing.formUnion(try Self.dependencies(of: target))
        }
    }

    private static func dependencies(of package: String) throws -> Set<String> {
        struct Manifest: Decodable { var dependencies: [String: String]? }
        let data = try Data(contentsOf: URL(filePath: package + "/package.json"))
        return Set(try JSONDecoder().decode(Manifest.self, from: data).dependencies?.keys.map { $0 } ?? [])
    }
}
