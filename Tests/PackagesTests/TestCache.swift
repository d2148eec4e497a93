import Crypto
import Foundation
import Logging
import NestAPI
import Testing

@testable import Packages

/// A cache in a directory of its own, which is gone after the test.
struct TestCache {
    let directory: String
    let cache: PackageCache

    /// Retries do not make tests wait.
    static var quick: PackageLimits {
        var limits = PackageLimits()
        limits.retryDelay = .milliseconds(1)
        return limits
    }

    init(_ limits: PackageLimits = quick) throws {
        directory = try Self.makeDirectory()
        cache = try Self.open(directory, limits)
    }

    static func makeDirectory() throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("nest-packages-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    static func open(_ directory: String, _ limits: PackageLimits = PackageLimits()) throws -> PackageCache {
        try PackageCache(directory: directory + "/cache", limits: limits, logger: Logger(label: "test") { _ in quiet })
    }

    private static let quiet = SwiftLogNoOpLogHandler()

    func remove() {
        if let parent = Descriptor(at: AT_FDCWD, directory + "/..", O_RDONLY | O_DIRECTORY) {
            removeTree(at: parent.number, (directory as NSString).lastPathComponent)
        }
    }

    /// Puts bytes beside the cache, as the source of a `file://` package with their digest.
    func source(_ bytes: [UInt8], name: String = "archive", sha256: String? = nil) throws -> PackageSource {
        let path = "\(directory)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o644)
        return PackageSource(url: "file://\(path)", sha256: sha256 ?? digest(bytes))
    }

    /// The finished trees.
    var trees: [String] { entries("cache").filter { !["tmp", "usage"].contains($0) } }

    /// What lies in the workspaces; nothing does between two packages.
    var leftovers: [String] {
        entries("cache/tmp").filter { !$0.hasSuffix("lock") }.flatMap { entries("cache/tmp/\($0)") }
    }

    func entries(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(name)")) ?? []).sorted()
    }

    /// The error that unpacking ends with.
    func failure(_ source: PackageSource, _ credentials: PackageCredentials? = nil) async -> PackageError? {
        do throws(PackageError) {
            _ = try await cache.unpack(source, credentials: credentials)
            return nil
        } catch {
            return error
        }
    }
}

func digest(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }

/// Permission bits of a path, links not followed.
func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

func content(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
