import CLibCurl

/// One request for one segment, as far as its answer has come.
final class RangeRequest {
    let handle: CurlHandle
    private(set) var segment: Segment
    private let download: Download
    /// What the answer's head says.
    private(set) var contentRange: ContentRange?
    private(set) var etag: String?
    /// The server gives all of the archive, whatever part was asked for.
    private(set) var isWhole = false
    private var hasBegun = false

    /// - Throws: when libcurl refuses.
    init(
        _ segment: Segment, into download: Download, configure: (CurlHandle) -> Bool
    ) throws(PackageError) {
        self.segment = segment
        self.download = download
        handle = try CurlHandle()
        var isReady = configure(handle)
        if let range = segment.range {
            isReady = isReady && nest_curl_set_string(handle.raw, CURLOPT_RANGE, range) == CURLE_OK
        }
        guard isReady, listen() else { throw PackageError(.fetchFailed, "libcurl refuses the transfer's settings") }
    }

    /// The callbacks borrow this request: it must live as long as its transfer.
    private func listen() -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let bytes = nest_curl_set_write(
            handle.raw,
            { bytes, size, count, context in
                guard let context, let bytes else { return 0 }
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return Unmanaged<RangeRequest>.fromOpaque(context).takeUnretainedValue().take(piece) ? piece.count : 0
            }, context)
        let head = nest_curl_set_header_function(
            handle.raw,
            { bytes, size, count, context in
                guard let context, let bytes else { return 0 }
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                Unmanaged<RangeRequest>.fromOpaque(context).takeUnretainedValue().take(line: line)
                return line.count
            }, context)
        return bytes == CURLE_OK && head == CURLE_OK
    }

    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        if !hasBegun {
            if handle.status == 206 {
                guard contentRange?.start == segment.next else { return false }
            } else {
                isWhole = true
                guard segment.next == 0 else { return false }
                segment.end = nil
            }
            hasBegun = true
        }
        if let end = segment.end, segment.next + Int64(piece.count) > end { return false }
        guard download.take(piece, at: segment.next) else { return false }
        segment.next += Int64(piece.count)
        return true
    }

    private func take(line: UnsafeRawBufferPointer) {
        let text = String(decoding: line, as: UTF8.self)
        // Each answer on the way through redirects has a head.
        if text.hasPrefix("HTTP/") { (contentRange, etag) = (nil, nil) }
        guard let colon = text.firstIndex(of: ":") else { return }
        let value = text[colon...].dropFirst().filter { !$0.isNewline }.drop(while: \.isWhitespace)
        switch text[..<colon].lowercased() {
        case "content-range": contentRange = ContentRange(value)
        case "etag": etag = value.utf8.count <= 256 ? String(value) : nil
        default: break
        }
    }

    /// The segment after a failure: what is left, and whether anything new came.
    var remainder: Segment {
        var rest = segment
        let isProgress = rest.next > rest.furthest
        rest.failures = isProgress ? 1 : rest.failures + 1
        rest.furthest = max(rest.furthest, rest.next)
        return rest
    }
}
