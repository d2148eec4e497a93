import CLibCurl

/// Fetches an archive over HTTP with libcurl, blocking, within the limits.
enum HTTPTransfer {
    /// libcurl wants this once, before any other call.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    static func run(
        _ url: String, loopback: Bool, into download: Download, limits: PackageLimits
    ) throws(PackageError) {
        guard isReady, let handle = curl_easy_init() else { throw PackageError(.fetchFailed, "libcurl does not start") }
        defer { curl_easy_cleanup(handle) }
        let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { message.deallocate() }
        guard configure(handle, url: url, loopback: loopback, limits: limits),
            nest_curl_set_error_buffer(handle, message) == CURLE_OK
        else { throw PackageError(.fetchFailed, "libcurl refuses the transfer's settings") }
        let code = perform(handle, into: download)
        guard code != CURLE_OK else { return }
        if let failure = download.failure { throw failure }
        let detail = message.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: message)
        throw failure(code, status: nest_curl_response_code(handle), detail: detail, limits: limits)
    }

    private static func perform(_ handle: UnsafeMutableRawPointer, into download: Download) -> CURLcode {
        // Borrowed for the callbacks, all of which happen inside curl_easy_perform.
        withExtendedLifetime(download) {
            let context = Unmanaged.passUnretained(download).toOpaque()
            let takes = nest_curl_set_write(
                handle,
                { bytes, size, count, context in
                    guard let context, let bytes else { return 0 }
                    let download = Unmanaged<Download>.fromOpaque(context).takeUnretainedValue()
                    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return download.take(piece) ? piece.count : 0
                }, context)
            let stops = nest_curl_set_progress(
                handle,
                { context, _, _, _, _ in
                    guard let context else { return 1 }
                    return Unmanaged<Download>.fromOpaque(context).takeUnretainedValue().isWanted ? 0 : 1
                }, context)
            guard takes == CURLE_OK, stops == CURLE_OK else { return CURLE_FAILED_INIT }
            return curl_easy_perform(handle)
        }
    }

    private static func configure(
        _ handle: UnsafeMutableRawPointer, url: String, loopback: Bool, limits: PackageLimits
    ) -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FAILONERROR, 1), (CURLOPT_FOLLOWLOCATION, 1),
            (CURLOPT_MAXREDIRS, limits.redirects),
            (CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.milliseconds),
            (CURLOPT_TIMEOUT_MS, limits.transferTimeout.milliseconds),
            (CURLOPT_LOW_SPEED_TIME, max(1, limits.lowSpeedTime.milliseconds / 1000)),
            (CURLOPT_LOW_SPEED_LIMIT, limits.lowSpeedBytesPerSecond),
        ]
        // A redirect stays on HTTP: a server must not make us read this machine's files.
        var strings: [(CURLoption, String)] = [
            (CURLOPT_URL, url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
            (CURLOPT_USERAGENT, "nest"),
        ]
        if loopback { strings.append((CURLOPT_PROXY, "")) }
        return numbers.allSatisfy { nest_curl_set_long(handle, $0, $1) == CURLE_OK }
            && strings.allSatisfy { nest_curl_set_string(handle, $0, $1) == CURLE_OK }
            && nest_curl_set_offset(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limits.archiveBytes)) == CURLE_OK
    }

    /// What went wrong, for whoever wrote the URL.
    static func failure(_ code: CURLcode, status: Int, detail: String, limits: PackageLimits) -> PackageError {
        switch code {
        case CURLE_HTTP_RETURNED_ERROR: failure(status: status)
        case CURLE_FILESIZE_EXCEEDED: Download.tooLarge(limits)
        case CURLE_ABORTED_BY_CALLBACK: PackageError(.cancelled, "cancelled")
        case CURLE_URL_MALFORMAT: PackageError(.invalidSource, "\(detail); \(Self.checkURL)")
        case CURLE_UNSUPPORTED_PROTOCOL:
            PackageError(.fetchFailed, "redirected to another protocol than http(s): \(detail)")
        default: PackageError(.fetchFailed, detail)
        }
    }

    private static let checkURL = "check spec.template.spec.package.url"

    private static func failure(status: Int) -> PackageError {
        let phrase = phrases[status].map { " \($0)" } ?? ""
        let answer = "HTTP \(status)\(phrase)"
        switch status {
        case 404, 410: return PackageError(.notFound, "\(answer); \(checkURL)")
        case 401, 403:
            return PackageError(.fetchFailed, "\(answer); the url must be readable without further credentials")
        default: return PackageError(.fetchFailed, answer)
        }
    }

    private static let phrases: [Int: String] = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 429: "Too Many Requests",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout",
    ]
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
