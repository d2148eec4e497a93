import Foundation
import Logging
import NestAPI
import ServiceLifecycle
import Testing

@testable import PackageStore
@testable import Packages

/// A store in this process, on a port of its own, and a client of each kind.
private final class Bench: Sendable {
    let directory: String
    let url: String
    private let group: ServiceGroup
    private let task: Task<Void, any Error>
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ directory: String? = nil, capacity: Int64 = 1 << 20, archiveBytes: Int64 = 200_000) async throws {
        let directory = directory ?? "/tmp/nest-store-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var configuration = PackageStore.Configuration(directory: directory + "/store")
        configuration.capacity = capacity
        configuration.archiveBytes = archiveBytes
        let (ports, port) = AsyncStream<Int>.makeStream()
        let store = try PackageStore(
            configuration: configuration, admits: { $0 == "Bearer secret" }, logger: Self.logger
        ) { port.yield($0) }
        let group = ServiceGroup(services: [store], logger: Self.logger)
        self.group = group
        task = Task {
            defer { port.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let bound = await iterator.next() else {
            try await task.value
            throw CancellationError()
        }
        self.directory = directory
        url = PackageStore.url(port: bound)
    }

    func stop() async {
        await group.triggerGracefulShutdown()
        _ = await task.result
    }

    func end() async {
        await stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A package that compression does not make smaller.
    func pack(_ name: String, bytes: Int = 50_000) throws -> (path: String, file: PackageFile) {
        let folder = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data((0..<bytes).map { _ in UInt8.random(in: .min ... .max) }).write(to: URL(filePath: folder + "/noise"))
        let path = "\(directory)/\(name).tar.zst"
        return (path, try PackageFile(packing: folder, to: path))
    }

    /// Nil when it was stored.
    ///
    /// On a thread of its own: the server in this process needs those that tests run on.
    func push(_ path: String, as digest: String, token: String = "secret") async -> String? {
        do throws(PackageError) {
            try await BlockingPool(width: 1).run { [url] _ throws(PackageError) in
                try PackageUpload.put(path, to: "\(url)/\(digest)", token: token)
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// Nil when it can be had and is whole.
    func fetch(_ digest: String, partBytes: Int64 = 16 << 20) async throws -> PackageError? {
        var limits = PackageLimits()
        limits.partBytes = partBytes
        let cache = try PackageCache(
            directory: "\(directory)/cache-\(UUID().uuidString)", limits: limits, logger: Self.logger)
        do throws(PackageError) {
            _ = try await cache.unpack(PackageSource(url: "\(url)/\(digest)", sha256: digest))
            return nil
        } catch {
            return error
        }
    }

    func stored(_ folder: String = "archives") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory)/store/\(folder)")
    }
}

@Suite struct PackageStoreTests {
    @Test func whatIsPushedCanBeFetchedAndOutlivesTheStore() async throws {
        let first = try await Bench()
        let (path, file) = try first.pack("a")
        #expect(try await first.fetch(file.sha256)?.code == .notFound)
        #expect(await first.push(path, as: file.sha256) == nil)
        #expect(await first.push(path, as: file.sha256) == nil, "the same again is no error")
        #expect(try await first.fetch(file.sha256) == nil)
        #expect(try await first.fetch(file.sha256, partBytes: 10_000) == nil, "in parts")
        #expect(try first.stored() == [file.sha256] && first.stored("uploads").isEmpty)
        await first.stop()
        let second = try await Bench(first.directory)
        #expect(try await second.fetch(file.sha256) == nil)
        await second.end()
    }

    @Test func onlyTheTokenMayWrite() async throws {
        let bench = try await Bench()
        let (path, file) = try bench.pack("a")
        for token in ["", "Secret", "secret2"] {
            let said = await bench.push(path, as: file.sha256, token: token)
            #expect(said?.contains("HTTP 401") == true, "\(said ?? "")")
        }
        #expect(try bench.stored().isEmpty && bench.stored("uploads").isEmpty)
        await bench.end()
    }

    @Test func whatIsNotWhatItSaysIsNotStored() async throws {
        let bench = try await Bench()
        let (path, file) = try bench.pack("a")
        let other = String(repeating: "0", count: 64)
        #expect(
            await bench.push(path, as: other)?.contains("HTTP 422 what came has the SHA-256 \(file.sha256)") == true)
        for name in ["short", file.sha256.uppercased(), file.sha256 + "0"] {
            #expect(await bench.push(path, as: name)?.contains("HTTP 400") == true, "\(name)")
        }
        #expect(try bench.stored().isEmpty && bench.stored("uploads").isEmpty)
        await bench.end()
    }

    @Test func theStoreIsBounded() async throws {
        let bench = try await Bench(capacity: 120_000, archiveBytes: 60_000)
        let (large, largeFile) = try bench.pack("large", bytes: 70_000)
        #expect(await bench.push(large, as: largeFile.sha256)?.contains("HTTP 413") == true)
        for (name, answer) in [("a", nil), ("b", nil), ("c", "HTTP 507 the package store is full")]
            as [(String, String?)]
        {
            let (path, file) = try bench.pack(name)
            let said = await bench.push(path, as: file.sha256)
            #expect(answer.map { said?.contains($0) == true } ?? (said == nil), "\(name): \(said ?? "stored")")
        }
        #expect(try bench.stored().count == 2 && bench.stored("uploads").isEmpty)
        await bench.end()
    }

    @Test(arguments: ["/../uploads/x", "/%2e%2e/uploads/x", "/", ""])
    func nothingButArchivesIsServed(path: String) async throws {
        let bench = try await Bench()
        try "secret".write(toFile: "\(bench.directory)/store/uploads/x", atomically: false, encoding: .utf8)
        let url = bench.url + path
        let cache = try PackageCache(
            directory: bench.directory + "/cache", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await #expect(throws: PackageError.self) {
            try await cache.unpack(PackageSource(url: url, sha256: String(repeating: "0", count: 64)))
        }
        #expect(cache.metrics.fetchedBytes == 0)
        await bench.end()
    }

    @Test func aTokenIsNotSentInTheClear() throws {
        do throws(PackageError) {
            try PackageUpload.put("/etc/hosts", to: "http://192.0.2.1/packages/x", token: "secret")
            Issue.record("sent")
        } catch {
            #expect(error.message.contains("must be https://"))
        }
    }
}
