import Crypto
import NestAPI

/// A package source that has been checked: what to make, under which name.
struct PackagePlan: Equatable {
    struct InlineFile: Equatable {
        var path: EntryPath
        var content: [UInt8]
    }

    enum Origin: Equatable {
        case inline([InlineFile])
        case archive(ArchiveLocation)
    }

    var origin: Origin
    /// Lower-case hexadecimal SHA-256.
    var digest: String

    /// The name of the tree in the cache.
    ///
    /// Inline files and archives are named apart: their digests mean different things.
    var treeName: String {
        switch origin {
        case .inline: "inline-\(digest)"
        case .archive: "sha256-\(digest)"
        }
    }

    /// What waiters share a fetch by.
    ///
    /// The URL is part of it, so that nobody gets the error of another's URL.
    var flightKey: String {
        switch origin {
        case .inline: treeName
        case .archive(let location): "\(treeName) \(location.url)"
        }
    }

    init(_ source: PackageSource, limits: PackageLimits) throws(PackageError) {
        switch (source.url, source.inline) {
        case (let url?, nil):
            origin = .archive(try ArchiveLocation(url))
            digest = try Self.checkedDigest(source.sha256, url: url)
        case (nil, let files?):
            let checked = try Self.checkedFiles(files, limits: limits)
            origin = .inline(checked)
            digest = Self.digest(of: checked)
        case (nil, nil): throw PackageError(.invalidSource, "package: give either url with sha256, or inline files")
        default: throw PackageError(.invalidSource, "package: url and inline exclude each other; give one")
        }
    }

    private static func checkedDigest(_ digest: String?, url: String) throws(PackageError) -> String {
        let shown = ArchiveLocation.display(url)
        guard let digest, !digest.isEmpty else {
            throw PackageError(
                .invalidSource,
                "package \(shown): sha256 is missing; set it to the output of: sha256sum ARCHIVE")
        }
        guard digest.utf8.count == 64, digest.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw PackageError(.invalidSource, "package \(shown): sha256 must be 64 hexadecimal digits")
        }
        return digest.lowercased()
    }

    private static func checkedFiles(
        _ files: [String: String], limits: PackageLimits
    ) throws(PackageError) -> [InlineFile] {
        guard !files.isEmpty else { throw PackageError(.invalidSource, "package: inline has no files") }
        let bytes = files.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes <= limits.inlineBytes else {
            throw PackageError(
                .tooLarge,
                "package: inline files take \(bytes) bytes, at most \(limits.inlineBytes) are allowed; use url and sha256"
            )
        }
        var checked: [InlineFile] = []
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            checked.append(InlineFile(path: try inlinePath(name, limits: limits), content: Array(content.utf8)))
        }
        return checked
    }

    /// Stricter than in archives: a name must be written as it will be.
    private static func inlinePath(_ name: String, limits: PackageLimits) throws(PackageError) -> EntryPath {
        do throws(EntryPath.Refusal) {
            guard let path = try EntryPath.parse(name, limits: limits), path.description == name else {
                throw EntryPath.Refusal(reason: "is not a plain relative path such as lib/a.js")
            }
            return path
        } catch {
            throw PackageError(.unsafePath, "package: inline file \"\(name)\" \(error.reason)")
        }
    }

    /// Lengths are hashed too, so that no two sets of files give the same bytes.
    private static func digest(of files: [InlineFile]) -> String {
        var hash = SHA256()
        for file in files {
            let name = Array(file.path.description.utf8)
            for part in [name, file.content] {
                withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
                hash.update(data: part)
            }
        }
        return hash.finalize().hexadecimal
    }
}

extension SHA256.Digest {
    /// Lower-case hexadecimal.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
