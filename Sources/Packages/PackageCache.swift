import Glibc
import Logging
import NestAPI
import Synchronization

/// Packages of this machine, unpacked once, named by their content, read-only.
///
/// Any number of processes and pods may share a directory. A tree is either there whole or not at all: archives are
/// unpacked apart while they come, and what came of it is visible only when the digest is right. Failures are not
/// remembered, but for what a server says is unchanged. Trees are readable by every user, but cannot be listed: who knows a
/// digest may read.
public final class PackageCache: Sendable {
    /// An archive that is of no use, and how its server names that version of it.
    private struct Refusal {
        var etag: String
        var error: PackageError
    }

    /// Archives that are remembered as of no use; each is a few hundred bytes.
    private static let maximumRefusals = 256

    let cache: CacheDirectory
    let limits: PackageLimits
    private let logger: Logger
    private let flights = Flights<UnpackedPackage>()
    private let fetches: BlockingPool
    let unpacks: BlockingPool
    /// One that waits for a slow server does not keep others from unpacking.
    private let streams: BlockingPool
    private let counted = Mutex(PackageMetrics())
    private let refusals = Mutex<[String: Refusal]>([:])

    /// Opens or makes the cache in `directory`, and clears what crashed processes left.
    public init(directory: String, limits: PackageLimits = .init(), logger: Logger) throws(PackageError) {
        cache = try CacheDirectory(directory)
        self.limits = limits
        self.logger = logger
        fetches = BlockingPool(width: limits.concurrentFetches)
        unpacks = BlockingPool(width: limits.concurrentUnpacks)
        streams = BlockingPool(width: limits.concurrentFetches)
    }

    public var metrics: PackageMetrics { counted.withLock { $0 } }

    /// Makes the package ready: at once when it is cached, else after one fetch for all who wait for it.
    ///
    /// It counts as used from now on for `PackageLimits.useDuration`; `keep` prolongs that. A task that is cancelled stops
    /// waiting at once (`.cancelled`); the fetch goes on while anybody else waits.
    /// - Parameters:
    ///   - source: inline files, or a URL with a digest.
    ///   - credentials: what the URL's server asks for.
    /// - Returns: where it is.
    /// - Throws: why it cannot be had, in the words of whoever wrote the spec.
    public func unpack(
        _ source: PackageSource, credentials: PackageCredentials? = nil
    ) async throws(PackageError) -> UnpackedPackage {
        let plan = try PackagePlan(source, limits: limits)
        if cache.use(plan.treeName) {
            count { $0.hits += 1 }
            return package(plan, wasCached: true)
        }
        // Nobody gets the error, or the package, of another's credentials.
        let key = plan.flightKey + (credentials.map { " \($0.hashValue)" } ?? "")
        return try await flights.join(key) { () async throws(PackageError) in
            try await self.make(plan, key: key, credentials)
        }
    }

    /// Says that these are still in use, those of them that are here.
    public func keep(_ sources: [PackageSource]) {
        for source in sources {
            if let plan = try? PackagePlan(source, limits: limits) { _ = cache.use(plan.treeName) }
        }
    }

    /// Removes everything that nobody uses: the disk is short.
    public func dropUnused() async { await evict(above: 0) }

    private func make(
        _ plan: PackagePlan, key: String, _ credentials: PackageCredentials?
    ) async throws(PackageError) -> UnpackedPackage {
        // A flight for the same tree may have landed between the look of the caller and now.
        if cache.use(plan.treeName) { return package(plan, wasCached: true) }
        count { $0.misses += 1 }
        do throws(PackageError) {
            switch plan.origin {
            case .inline(let files):
                let bytes = try await unpacks.run { flag throws(PackageError) in
                    try self.write(files, as: plan.treeName)
                }
                count { $0.unpackedBytes += bytes }
            case .archive(let location): try await make(location, plan, key: key, credentials)
            }
        } catch {
            count { $0.failures += 1 }
            throw error
        }
        await evict(above: limits.cacheBytes)
        return package(plan, wasCached: false)
    }

    private func make(
        _ location: ArchiveLocation, _ plan: PackagePlan, key: String, _ credentials: PackageCredentials?
    ) async throws(PackageError) {
        let started = ContinuousClock.now
        let known = refusals.withLock { $0[key] }
        let stream = ArchiveStream()
        let early = unpackEarly(stream, plan)
        var etag: String?
        do throws(PackageError) {
            let (fetched, mismatch) = try await fetches.run { flag throws(PackageError) in
                try self.fetch(location, plan, credentials, knownETag: known?.etag, flag, stream)
            }
            etag = fetched.etag
            let middle = ContinuousClock.now
            count {
                $0.fetchedBytes += fetched.bytes
                $0.fetchSeconds += (middle - started).seconds
            }
            // The same bytes as last time: what was wrong with them still is.
            if fetched.isUnchanged, let known { throw known.error }
            if let mismatch { throw mismatch }
            let bytes = try await unpacked(fetched, early, plan)
            refusals.withLock { $0[key] = nil }
            log(location, plan, fetched.bytes, fetch: middle - started, unpack: .now - middle)
            count {
                $0.unpackedBytes += bytes
                $0.unpackSeconds += (ContinuousClock.now - middle).seconds
            }
        } catch {
            stream.decide(isGood: false)
            _ = await early.value
            if let etag, !error.isTransient { remember(Refusal(etag: etag, error: error), key) }
            throw PackageError(error.code, "package \(location.display): \(error.message)")
        }
    }

    /// Nil, in the end, where that was of no use.
    private func unpackEarly(_ stream: ArchiveStream, _ plan: PackagePlan) -> Task<Int64?, Never> {
        Task {
            try? await streams.run { flag throws(PackageError) in
                try self.unpack(stream, as: plan.treeName, flag: flag)
            }
        }
    }

    /// What went wrong while the archive came is found again, in the same words, now that it is whole.
    private func unpacked(
        _ archive: FetchedArchive, _ early: Task<Int64?, Never>, _ plan: PackagePlan
    ) async throws(PackageError) -> Int64 {
        if let bytes = await early.value {
            count { $0.streamed += 1 }
            return bytes
        }
        return try await unpacks.run { flag throws(PackageError) in
            try self.unpack(archive, as: plan.treeName, flag: flag)
        }
    }

    /// The archive, and what is wrong with its digest.
    private func fetch(
        _ location: ArchiveLocation, _ plan: PackagePlan, _ credentials: PackageCredentials?, knownETag: String?,
        _ flag: CancellationFlag, _ stream: ArchiveStream
    ) throws(PackageError) -> (FetchedArchive, PackageError?) {
        let fetched = try fetch(location, credentials, knownETag: knownETag, flag, stream)
        if fetched.isUnchanged { return (fetched, nil) }
        do throws(PackageError) {
            try fetched.download.verify(plan.digest)
            stream.decide(isGood: true)
            return (fetched, nil)
        } catch {
            stream.decide(isGood: false)
            return (fetched, error)
        }
    }

    private func remember(_ refusal: Refusal, _ key: String) {
        refusals.withLock { refusals in
            if refusals.count >= Self.maximumRefusals { refusals.removeAll() }
            refusals[key] = refusal
        }
    }

    /// Makes room for what has come.
    private func evict(above limit: Int64) async {
        do throws(PackageError) {
            let evicted = try await unpacks.run { _ throws(PackageError) in
                let threshold = Double(time(nil)) - self.limits.useDuration.seconds
                return try self.cache.evict(above: limit, unusedSince: threshold)
            }
            count {
                $0.evictions += evicted.trees
                $0.evictedBytes += evicted.bytes
                $0.cachedBytes = evicted.remaining
            }
            guard evicted.remaining > limits.cacheBytes else { return }
            logger.warning(
                "the package cache is larger than it should be: all of it is in use",
                metadata: ["bytes": "\(evicted.remaining)", "limit": "\(limits.cacheBytes)"])
        } catch {
            logger.warning("packages that nobody uses stay: \(error)")
        }
    }

    private func count(_ change: (inout PackageMetrics) -> Void) { counted.withLock { change(&$0) } }

    private func log(
        _ location: ArchiveLocation, _ plan: PackagePlan, _ bytes: Int64, fetch: Duration, unpack: Duration
    ) {
        logger.info(
            "package unpacked",
            metadata: [
                "url": "\(location.display)", "sha256": "\(plan.digest)", "bytes": "\(bytes)",
                "fetchMilliseconds": "\(fetch.milliseconds)", "unpackMilliseconds": "\(unpack.milliseconds)",
            ])
    }

    private func package(_ plan: PackagePlan, wasCached: Bool) -> UnpackedPackage {
        UnpackedPackage(directory: "\(cache.path)/\(plan.treeName)", digest: plan.digest, wasCached: wasCached)
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
