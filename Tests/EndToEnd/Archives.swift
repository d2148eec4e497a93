import Foundation

/// Packages on disk and on a web server, good and bad, made with the system's tar.
struct Archives: Sendable {
    static let noDigest = String(repeating: "0", count: 64)

    let directory: String
    /// The URL of `Programs/bad-packages`; empty where none runs.
    var server = ""

    /// Makes a directory for archives, hands it to `body`, and takes it away again.
    static func inDirectory(_ body: (Archives) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { try await body(Archives(directory: $0)) }
    }

    /// Makes a directory for archives, starts the server, hands both to `body`, and takes them away again.
    static func serve(_ body: (Archives) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let script = RealProgram.folder.appending(path: "bad-packages/server.js").path
            let child = try Child("/usr/bin/env", ["node", script, directory], errors: directory + "/server.log")
            do {
                guard let port = await child.nextLine(within: .seconds(10)) else {
                    throw NestProcess.Failure(description: "\(script) did not start")
                }
                try await body(Archives(directory: directory, server: "http://127.0.0.1:\(port)"))
            } catch {
                await child.kill()
                throw error
            }
            await child.kill()
        }
    }

    /// An archive that would work if its digest were right.
    func good() throws -> String {
        try "exports.handler = (req, res) => res.end('from an archive');".write(
            toFile: directory + "/index.js", atomically: true, encoding: .utf8)
        try Self.run("tar", "-C", directory, "-czf", directory + "/good.tar.gz", "index.js")
        return directory + "/good.tar.gz"
    }

    /// An archive with an entry that leads out of it.
    func escaping() throws -> String {
        try "x".write(toFile: directory + "/escaped.js", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: directory + "/inner", withIntermediateDirectories: true)
        try Self.run("tar", "-P", "-C", directory + "/inner", "-cf", directory + "/escaping.tar", "../escaped.js")
        return directory + "/escaping.tar"
    }

    /// An archive that unpacks to a thousand times its size.
    func bomb() throws -> String {
        try Self.run("truncate", "-s", "64M", directory + "/zeros")
        try Self.run("tar", "-C", directory, "-czf", directory + "/bomb.tar.gz", "zeros")
        return directory + "/bomb.tar.gz"
    }

    /// The first half of an archive: an upload that broke off, whose digest somebody took afterwards.
    func halved() throws -> String {
        let noise = Data((0..<100_000).map { _ in UInt8.random(in: .min ... .max) })
        try noise.write(to: URL(filePath: directory + "/noise"))
        try Self.run("tar", "-C", directory, "-czf", directory + "/halved.tar.gz", "noise")
        let bytes = try Data(contentsOf: URL(filePath: directory + "/halved.tar.gz"))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: directory + "/halved.tar.gz"))
        return directory + "/halved.tar.gz"
    }

    /// An archive of so many bytes that do not get smaller.
    func large(_ bytes: Int) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<bytes / 8).map { _ in generator.next() }
        try words.withUnsafeBytes { try Data($0).write(to: URL(filePath: directory + "/large")) }
        try "exports.handler = (req, res) => res.end('large');".write(
            toFile: directory + "/index.js", atomically: true, encoding: .utf8)
        try Self.run("tar", "-C", directory, "-cf", directory + "/large.tar", "index.js", "large")
        return directory + "/large.tar"
    }

    /// No archive.
    func text() throws -> String {
        try "This is a letter.\n".write(toFile: directory + "/letter.txt", atomically: true, encoding: .utf8)
        return directory + "/letter.txt"
    }

    /// The package of a function: an archive where it lies.
    func package(_ path: String) throws -> String {
        "url: \"file://\(path)\", sha256: \"\(try Self.digest(path))\""
    }

    /// The package of a function: what the server has at a path, with the digest of a file or with none that fits.
    func served(_ path: String, as file: String? = nil) throws -> String {
        "url: \"\(server)/\(path)\", sha256: \"\(try file.map(Self.digest) ?? Self.noDigest)\""
    }

    static func digest(_ path: String) throws -> String {
        String(try run("sha256sum", path).prefix(64))
    }

    @discardableResult
    static func run(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw NestProcess.Failure(description: "\(words.joined(separator: " ")) failed")
        }
        return output
    }
}
