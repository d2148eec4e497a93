/// An archive as it was fetched, in a file without a name.
///
/// One thread after the other works on it, never two at once: it goes from the fetching pool to the unpacking pool.
struct FetchedArchive: @unchecked Sendable {
    let file: Descriptor
    let download: Download
    let etag: String?
    let isUnchanged: Bool

    /// All that came.
    var bytes: Int64 { download.received }
}

// Blocking: called on threads of the pools.
extension PackageCache {
    func fetch(
        _ location: ArchiveLocation, _ credentials: PackageCredentials?, knownETag: String?, _ flag: CancellationFlag,
        _ stream: ArchiveStream
    ) throws(PackageError) -> FetchedArchive {
        let file = try cache.makeNamelessFile()
        let download = Download(to: file, limits: limits, flag: flag, stream: stream)
        if case .file(let path) = location.kind {
            try FileTransfer.run(path, into: download, limits: limits)
            return FetchedArchive(file: file, download: download, etag: nil, isUnchanged: false)
        }
        let transfer = try HTTPTransfer(
            location, credentials: credentials, knownETag: knownETag, into: download, limits: limits)
        try transfer.run(flag)
        return FetchedArchive(
            file: file, download: download, etag: transfer.etag, isUnchanged: transfer.isUnchanged)
    }

    func unpack(_ archive: FetchedArchive, as tree: String, flag: CancellationFlag) throws(PackageError) -> Int64 {
        var bytes: Int64 = 0
        try cache.publish(tree) { root throws(PackageError) in
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: archive.download.end)
            try ArchiveReader(archive.file).unpack(into: writer, limits: limits, flag: flag)
            try writer.seal()
            bytes = writer.meter.bytes
            return writer.meter.diskBytes
        }
        return bytes
    }

    /// Unpacks an archive while it is fetched; the tree is not visible before the archive is known to be the right one.
    func unpack(_ stream: ArchiveStream, as tree: String, flag: CancellationFlag) throws(PackageError) -> Int64 {
        let source = ArchiveStreamSource(stream)
        // What a zip holds is said at its end.
        guard try !source.isZip() else { throw PackageError(.notAnArchive, "a zip is read when it is whole") }
        var bytes: Int64 = 0
        try cache.publish(tree) { root throws(PackageError) in
            // No bomb grows beyond what the bytes that are there allow.
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: stream.available)
            try ArchiveReader(source).unpack(into: writer, limits: limits, flag: flag)
            try writer.seal()
            try stream.waitUntilGood()
            bytes = writer.meter.bytes
            return writer.meter.diskBytes
        }
        return bytes
    }

    func write(_ files: [PackagePlan.InlineFile], as tree: String) throws(PackageError) -> Int64 {
        var bytes: Int64 = 0
        try cache.publish(tree) { root throws(PackageError) in
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: Int64(self.limits.inlineBytes))
            for file in files {
                try writer.makeFile(file.path, executable: false) { write throws(PackageError) in
                    let result: Result<Void, PackageError> = file.content.withUnsafeBytes { bytes in
                        do throws(PackageError) { return .success(try write(bytes)) } catch { return .failure(error) }
                    }
                    try result.get()
                }
            }
            try writer.seal()
            bytes = writer.meter.bytes
            return writer.meter.diskBytes
        }
        return bytes
    }
}
