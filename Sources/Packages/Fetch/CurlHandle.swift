import CLibCurl
import Glibc

/// One transfer of libcurl's, within the limits.
final class CurlHandle {
    /// libcurl wants this once, before any other call.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    let raw: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?

    init() throws(PackageError) {
        guard Self.isReady, let raw = curl_easy_init() else {
            throw PackageError(.fetchFailed, "libcurl does not start")
        }
        self.raw = raw
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headers)
        message.deallocate()
    }

    /// Sets what every transfer has; false: libcurl refuses.
    ///
    /// One that is `loopback`, on this machine, never goes by way of a proxy, and after `remaining` it is over.
    func configure(url: String, loopback: Bool, limits: PackageLimits, remaining: Duration? = nil) -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FAILONERROR, 1), (CURLOPT_FOLLOWLOCATION, 1),
            (CURLOPT_MAXREDIRS, limits.redirects),
            (CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.milliseconds),
            (CURLOPT_TIMEOUT_MS, max(1, (remaining ?? limits.transferTimeout).milliseconds)),
            (CURLOPT_LOW_SPEED_TIME, max(1, limits.lowSpeedTime.milliseconds / 1000)),
            (CURLOPT_LOW_SPEED_LIMIT, limits.lowSpeedBytesPerSecond),
        ]
        // A redirect stays on HTTP: a server must not make us read this machine's files.
        var strings: [(CURLoption, String)] = [
            (CURLOPT_URL, url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
            (CURLOPT_USERAGENT, "nest"),
        ]
        if loopback { strings.append((CURLOPT_PROXY, "")) }
        // As the curl program does, of which the library knows nothing.
        if let bundle = getenv("CURL_CA_BUNDLE") ?? getenv("SSL_CERT_FILE") {
            strings.append((CURLOPT_CAINFO, String(cString: bundle)))
        }
        return numbers.allSatisfy { nest_curl_set_long(raw, $0, $1) == CURLE_OK }
            && strings.allSatisfy { nest_curl_set_string(raw, $0, $1) == CURLE_OK }
            && nest_curl_set_offset(raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limits.archiveBytes)) == CURLE_OK
            && nest_curl_set_error_buffer(raw, message) == CURLE_OK
    }

    func authorize(_ credentials: PackageCredentials?) -> Bool {
        switch credentials {
        case nil: true
        case .token(let token): nest_curl_set_bearer(raw, token) == CURLE_OK
        case .password(let username, let password): nest_curl_set_basic(raw, username, password) == CURLE_OK
        }
    }

    func add(header: String) -> Bool {
        guard let longer = curl_slist_append(headers, header) else { return false }
        headers = longer
        return nest_curl_set_headers(raw, headers) == CURLE_OK
    }

    /// The last answer's; 0 when there was none.
    var status: Int { nest_curl_response_code(raw) }

    /// What libcurl says about a transfer that ended with `code`.
    func detail(_ code: CURLcode) -> String {
        message.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: message)
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
