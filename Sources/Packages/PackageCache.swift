import Logging
import NestAPI

/// Packages of this machine, unpacked once, named by their content, read-only.
///
/// Any number of processes and pods may share a directory. A tree is either there whole or not at all: bytes are checked
/// against their digest before anything is unpacked, and unpacked apart before anything is visible. Failures are not
/// remembered. Trees are readable by every user, but cannot be listed: who knows a digest may read.
public final class PackageCache: Sendable {
    private let cache: CacheDirectory
    private let limits: PackageLimits
    private let logger: Logger
    private let flights = Flights<UnpackedPackage>()
    private let fetches: BlockingPool
    private let unpacks: BlockingPool

    /// Opens or makes the cache in `directory`, and clears what crashed processes left.
    public init(directory: String, limits: PackageLimits = .init(), logger: Logger) throws(PackageError) {
        cache = try CacheDirectory(directory)
        self.limits = limits
        self.logger = logger
        fetches = BlockingPool(width: limits.concurrentFetches)
        unpacks = BlockingPool(width: limits.concurrentUnpacks)
    }

    /// Makes the package ready: at once when it is cached, else after one fetch for all who wait for it.
    ///
    /// A task that is cancelled stops waiting at once (`.cancelled`); the fetch goes on while anybody else waits.
    public func unpack(_ source: PackageSource) async throws(PackageError) -> UnpackedPackage {
        let plan = try PackagePlan(source, limits: limits)
        if cache.contains(plan.treeName) { return package(plan, wasCached: true) }
        return try await flights.join(plan.flightKey) { () async throws(PackageError) in try await self.make(plan) }
    }

    private func make(_ plan: PackagePlan) async throws(PackageError) -> UnpackedPackage {
        // A flight for the same tree may have landed between the look of the caller and now.
        if cache.contains(plan.treeName) { return package(plan, wasCached: true) }
        switch plan.origin {
        case .inline(let files):
            try await unpacks.run { flag throws(PackageError) in try self.write(files, as: plan.treeName) }
        case .archive(let location):
            do throws(PackageError) {
                try await makeArchive(location, plan)
            } catch {
                throw PackageError(error.code, "package \(location.display): \(error.message)")
            }
        }
        return package(plan, wasCached: false)
    }

    private func makeArchive(_ location: ArchiveLocation, _ plan: PackagePlan) async throws(PackageError) {
        let started = ContinuousClock.now
        let archive = try await fetches.run { flag throws(PackageError) in
            try self.fetch(location, digest: plan.digest, flag: flag)
        }
        let fetched = ContinuousClock.now
        try await unpacks.run { flag throws(PackageError) in
            try self.unpack(archive, as: plan.treeName, flag: flag)
        }
        logger.info(
            "package unpacked",
            metadata: [
                "url": "\(location.display)", "sha256": "\(plan.digest)", "bytes": "\(archive.bytes)",
                "fetchMilliseconds": "\((fetched - started).milliseconds)",
                "unpackMilliseconds": "\(fetched.duration(to: .now).milliseconds)",
            ])
    }

    private func package(_ plan: PackagePlan, wasCached: Bool) -> UnpackedPackage {
        UnpackedPackage(directory: "\(cache.path)/\(plan.treeName)", digest: plan.digest, wasCached: wasCached)
    }
}

/// An archive whose digest has been checked, in a file without a name.
struct VerifiedArchive: Sendable {
    let file: Descriptor
    let bytes: Int64
}

// Blocking: called on threads of the pools.
extension PackageCache {
    private func fetch(
        _ location: ArchiveLocation, digest: String, flag: CancellationFlag
    ) throws(PackageError) -> VerifiedArchive {
        let file = try cache.makeNamelessFile()
        let download = Download(to: file, limits: limits, flag: flag)
        switch location.kind {
        case .file(let path): try FileTransfer.run(path, into: download, limits: limits)
        case .http(let loopback):
            try HTTPTransfer.run(location.url, loopback: loopback, into: download, limits: limits)
        }
        try download.verify(digest)
        return VerifiedArchive(file: file, bytes: download.bytes)
    }

    private func unpack(_ archive: VerifiedArchive, as tree: String, flag: CancellationFlag) throws(PackageError) {
        try cache.publish(tree) { root throws(PackageError) in
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: archive.bytes)
            try ArchiveReader(archive.file).unpack(into: writer, limits: limits, flag: flag)
            try writer.seal()
        }
    }

    private func write(_ files: [PackagePlan.InlineFile], as tree: String) throws(PackageError) {
        try cache.publish(tree) { root throws(PackageError) in
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: Int64(limits.inlineBytes))
            for file in files {
                try writer.makeFile(file.path, executable: false) { write throws(PackageError) in
                    let result: Result<Void, PackageError> = file.content.withUnsafeBytes { bytes in
                        do throws(PackageError) { return .success(try write(bytes)) } catch { return .failure(error) }
                    }
                    try result.get()
                }
            }
            try writer.seal()
        }
    }
}
