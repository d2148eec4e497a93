import CLibCurl

/// Fetches an archive over HTTP with libcurl, blocking, within the limits.
///
/// The first request asks for the first part. A server that knows ranges answers with it and with the archive's size, and
/// a larger archive's other parts are fetched side by side; any other server gives the whole archive. What breaks off is
/// resumed where it ended, after a while that grows.
final class HTTPTransfer {
    private let location: ArchiveLocation
    private let credentials: PackageCredentials?
    private let knownETag: String?
    private let download: Download
    private let limits: PackageLimits
    private let multi: UnsafeMutableRawPointer
    private let deadline: ContinuousClock.Instant
    private var waiting: [(segment: Segment, since: ContinuousClock.Instant)] = []
    private var active: [RangeRequest] = []
    private var total: Int64?
    /// The answer's, where it had one.
    private(set) var etag: String?
    /// The archive still is the one with `knownETag`: nothing was fetched.
    private(set) var isUnchanged = false

    /// Fetches nothing yet; an archive whose ETag is `knownETag` is not wanted again.
    init(
        _ location: ArchiveLocation, credentials: PackageCredentials?, knownETag: String?, into download: Download,
        limits: PackageLimits
    ) throws(PackageError) {
        guard let multi = curl_multi_init() else { throw PackageError(.fetchFailed, "libcurl does not start") }
        self.multi = multi
        self.location = location
        self.credentials = credentials
        self.knownETag = knownETag
        self.download = download
        self.limits = limits
        deadline = .now + limits.transferTimeout
    }

    deinit {
        for request in active { curl_multi_remove_handle(multi, request.handle.raw) }
        curl_multi_cleanup(multi)
    }

    /// Returns when all of the archive is in the download.
    func run(_ flag: CancellationFlag) throws(PackageError) {
        waiting = [(Segment(from: 0, to: limits.partBytes), .now)]
        while !waiting.isEmpty || !active.isEmpty {
            try flag.check()
            try startDue()
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            try planRest()
            var code = CURLE_OK
            while let done = nest_curl_multi_done(multi, &code) { try finish(done, code) }
            guard !waiting.isEmpty || !active.isEmpty else { break }
            curl_multi_poll(multi, nil, 0, Int32(pollMilliseconds), nil)
        }
    }

    /// Until bytes come, a pause ends, or the flag is looked at again.
    private var pollMilliseconds: Int {
        guard active.count < limits.connections, let next = waiting.map(\.since).min() else { return 100 }
        return min(100, max(1, (next - .now).milliseconds))
    }

    private func startDue() throws(PackageError) {
        while active.count < limits.connections, let due = waiting.firstIndex(where: { $0.since <= .now }) {
            let segment = waiting.remove(at: due).segment
            let request = try RangeRequest(segment, into: download) { handle in
                handle.configure(
                    url: location.url, loopback: location.isLoopback, limits: limits, remaining: deadline - .now)
                    && handle.authorize(credentials)
                    && (knownETag.map { segment.next > 0 || handle.add(header: "If-None-Match: \($0)") } ?? true)
            }
            guard curl_multi_add_handle(multi, request.handle.raw) == CURLM_OK else {
                throw PackageError(.fetchFailed, "libcurl does not take the transfer")
            }
            active.append(request)
        }
    }

    /// Once the size is known, the rest goes side by side with the first part.
    private func planRest() throws(PackageError) {
        guard total == nil, let first = active.first, first.handle.status == 206,
            let size = first.contentRange?.total
        else { return }
        guard size <= limits.archiveBytes else { throw Download.tooLarge(limits) }
        total = size
        let rest = Segment.rest(of: size, from: limits.partBytes, size: limits.partBytes)
        waiting += rest.map { ($0, .now) }
    }

    private func finish(_ raw: UnsafeMutableRawPointer, _ code: CURLcode) throws(PackageError) {
        guard let index = active.firstIndex(where: { $0.handle.raw == raw }) else { return }
        let request = active.remove(at: index)
        curl_multi_remove_handle(multi, raw)
        if let failure = download.failure { throw failure }
        let status = request.handle.status
        if code == CURLE_OK && status == 304 && knownETag != nil { return isUnchanged = true }
        try checkIsSame(request)
        switch code {
        case CURLE_OK: try complete(request)
        // An empty archive has no first byte.
        case CURLE_HTTP_RETURNED_ERROR where status == 416 && request.segment.next == 0: break
        default: try retry(request, code)
        }
    }

    /// Parts of two archives make none.
    private func checkIsSame(_ request: RangeRequest) throws(PackageError) {
        let size = request.contentRange?.total
        guard etag == nil || request.etag == nil || etag == request.etag, total == nil || size == nil || total == size
        else { throw PackageError(.fetchFailed, "the archive changed while it was fetched") }
        if (200..<300).contains(request.handle.status) { etag = request.etag ?? etag }
    }

    /// A part may be shorter than asked for: the last, or what the server likes to give.
    private func complete(_ request: RangeRequest) throws(PackageError) {
        let rest = request.remainder
        guard request.handle.status == 206, let total, let end = rest.end, rest.next < min(end, total) else { return }
        guard rest.failures < limits.attempts else {
            throw PackageError(.fetchFailed, "the server gives less of the archive than it says")
        }
        waiting.append((rest, .now))
    }

    private func retry(_ request: RangeRequest, _ code: CURLcode) throws(PackageError) {
        var rest = request.remainder
        // What cannot be resumed makes no progress.
        if request.isWhole { rest.failures = request.segment.failures + 1 }
        let status = request.handle.status
        let pause = limits.retryDelay * (1 << min(rest.failures - 1, 10))
        let detail = request.handle.detail(code)
        let failure = Self.failure(
            code, status: status, detail: detail, hasCredentials: credentials != nil, limits: limits)
        let mayPass = Self.mayPass(code, status: status) || request.isWhole && request.segment.next > 0
        guard mayPass, rest.failures < limits.attempts, .now + pause < deadline else { throw failure }
        if request.isWhole { return try restart(after: pause, failures: rest.failures) }
        waiting.append((rest, .now + pause))
    }

    /// The server does not know ranges: everything anew, in one go.
    private func restart(after pause: Duration, failures: Int) throws(PackageError) {
        for request in active { curl_multi_remove_handle(multi, request.handle.raw) }
        active = []
        try download.restart()
        var whole = Segment(from: 0, to: nil)
        whole.failures = failures
        waiting = [(whole, .now + pause)]
    }
}
