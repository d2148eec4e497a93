import Foundation

/// Where this program's companions are: the other two programs, the runtimes and the CRDs.
///
/// Programs are beside this one. The folders are found by walking up from it, so that both an installed tree
/// (`PREFIX/bin/nest`, `PREFIX/share/nest/crds`) and a source tree (`.build/release/nest`, `crds`) work.
struct Installation {
    let agent: String
    let jail: String
    /// Node.js, by its full path: the sandboxes' own PATH is not the user's.
    let node: String
    let crds: String
    let runtimes: String
    /// Whether functions for the JVM can run here: their runtime has been built, and there is a `java`.
    let hasJVM: Bool

    /// - Throws: `Failure` that names what is missing and where it was looked for.
    static func find() throws -> Installation {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(filePath: executable).deletingLastPathComponent()
        let runtimes = try shared("runtimes", above: folder)
        let java = try? onPath("java", hint: "")
        return Installation(
            agent: try program("nest-agent", in: folder), jail: try program("nest-jail", in: folder),
            node: try onPath("node", hint: "install Node.js 18 or later (Debian: nodejs)"),
            crds: try shared("crds", above: folder), runtimes: runtimes,
            hasJVM: java != nil && FileManager.default.fileExists(atPath: runtimes + "/jvm/out/nest-host.jar"))
    }

    private static func program(_ name: String, in folder: URL) throws -> String {
        let path = folder.appending(path: name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(
                "\(name) is not beside this program: \(path) is missing. Build or install all three programs.")
        }
        return path
    }

    private static func onPath(_ name: String, hint: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw Failure("'\(name)' is not in the PATH: \(hint).") }
        return URL(filePath: found).resolvingSymlinksInPath().path
    }

    private static func shared(_ name: String, above folder: URL) throws -> String {
        var place = folder
        while true {
            for candidate in [place.appending(path: "share/nest/\(name)"), place.appending(path: name)] {
                var isDirectory: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory),
                    isDirectory.boolValue
                {
                    return candidate.path
                }
            }
            let parent = place.deletingLastPathComponent()
            guard parent.path != place.path else {
                throw Failure(
                    "the folder '\(name)' is not in share/nest nor in any folder above \(folder.path).")
            }
            place = parent
        }
    }
}
