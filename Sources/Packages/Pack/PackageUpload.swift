import CLibCurl
import Glibc

/// Puts archives into a package store, blocking.
public enum PackageUpload {
    /// What the server says, up to a bound.
    private final class Answer {
        var text: [UInt8] = []

        func take(_ piece: UnsafeRawBufferPointer) { text += piece.prefix(4096 - text.count) }
    }

    /// Sends the file with PUT.
    /// - Parameters:
    ///   - path: the archive.
    ///   - url: where it shall be.
    ///   - token: the bearer token that the store asks for.
    ///   - limits: how long it may take.
    /// - Throws: what kept it from being stored, in the server's words where it has some.
    public static func put(
        _ path: String, to url: String, token: String, limits: PackageLimits = .init()
    ) throws(PackageError) {
        let location = try ArchiveLocation(url)
        guard case .http(let loopback) = location.kind else {
            throw PackageError(.invalidSource, "the package store \(location.display) is no http(s) server")
        }
        // The token is worth the whole API: it goes to this machine, or where TLS protects it.
        guard loopback || url.hasPrefix("https://") else {
            throw PackageError(
                .invalidSource, "the package store \(location.display) must be https:// to be sent a token")
        }
        guard let file = fopen(path, "re") else { throw SourceTree.unreadable(path, errno) }
        defer { fclose(file) }
        var status = stat()
        guard fstat(fileno(file), &status) == 0 else { throw SourceTree.unreadable(path, errno) }
        let handle = try CurlHandle()
        guard handle.configure(url: url, loopback: loopback, limits: limits),
            handle.authorize(.token(token)), nest_curl_set_upload(handle.raw, file, status.st_size) == CURLE_OK
        else { throw PackageError(.fetchFailed, "libcurl refuses the transfer's settings") }
        let answer = Answer()
        let code = withExtendedLifetime(answer) {
            let context = Unmanaged.passUnretained(answer).toOpaque()
            let takes = nest_curl_set_write(
                handle.raw,
                { bytes, size, count, context in
                    guard let bytes, let context else { return 0 }
                    Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue()
                        .take(UnsafeRawBufferPointer(start: bytes, count: size * count))
                    return size * count
                }, context)
            return takes == CURLE_OK ? curl_easy_perform(handle.raw) : CURLE_FAILED_INIT
        }
        let answered = handle.status
        guard code == CURLE_OK || answered >= 300 else {
            throw PackageError(.fetchFailed, "\(location.display): \(handle.detail(code))")
        }
        guard (200..<300).contains(answered) else {
            let words = String(decoding: answer.text, as: UTF8.self)
            throw PackageError(.fetchFailed, "\(location.display): HTTP \(answered) \(words)")
        }
    }
}
