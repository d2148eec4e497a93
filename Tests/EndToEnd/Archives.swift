import Foundation

/// Packages on disk, good and bad, made with the system's tar.
struct Archives: Sendable {
    static let noDigest = String(repeating: "0", count: 64)

    let directory: String

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

    static func digest(_ path: String) throws -> String {
        String(try run("sha256sum", path).prefix(64))
    }

    @discardableResult
    private static func run(_ words: String...) throws -> String {
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
