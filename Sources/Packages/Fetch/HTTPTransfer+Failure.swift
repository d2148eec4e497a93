import CLibCurl

extension HTTPTransfer {
    /// Whether the same request may do better a moment later.
    static func mayPass(_ code: CURLcode, status: Int) -> Bool {
        switch code {
        case CURLE_HTTP_RETURNED_ERROR: [408, 425, 429, 500, 502, 503, 504].contains(status)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE,
            CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            true
        default: false
        }
    }

    /// What went wrong, for whoever wrote the URL.
    static func failure(
        _ code: CURLcode, status: Int, detail: String, hasCredentials: Bool, limits: PackageLimits
    ) -> PackageError {
        switch code {
        case CURLE_HTTP_RETURNED_ERROR: failure(status: status, hasCredentials: hasCredentials)
        case CURLE_FILESIZE_EXCEEDED: Download.tooLarge(limits)
        case CURLE_URL_MALFORMAT: PackageError(.invalidSource, "\(detail); \(checkURL)")
        case CURLE_UNSUPPORTED_PROTOCOL:
            PackageError(.fetchFailed, "redirected to another protocol than http(s): \(detail)")
        case CURLE_WRITE_ERROR:
            PackageError(.fetchFailed, "the server answers a request for a part of the archive with another part")
        default: PackageError(.fetchFailed, detail)
        }
    }

    private static let checkURL = "check the url"

    private static func failure(status: Int, hasCredentials: Bool) -> PackageError {
        let phrase = phrases[status].map { " \($0)" } ?? ""
        let answer = "HTTP \(status)\(phrase)"
        switch status {
        case 404, 410: return PackageError(.notFound, "\(answer); \(checkURL)")
        case 401, 403:
            let advice =
                hasCredentials
                ? "check the Secret that package.secretRef names"
                : "the url needs credentials: name a Secret with username and password, or token, in package.secretRef"
            return PackageError(.fetchFailed, "\(answer); \(advice)")
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
