/// Where an archive is, and how it may be spoken of.
struct ArchiveLocation: Equatable {
    enum Kind: Equatable {
        /// An absolute path of this machine.
        case file(path: String)
        /// `http://` or `https://`; `loopback`: on this machine, so never by way of a proxy.
        case http(loopback: Bool)
    }

    let url: String
    let kind: Kind
    /// The URL without credentials and without a query, which may carry a signature.
    let display: String

    /// On this machine.
    var isLoopback: Bool { kind != .http(loopback: false) }

    init(_ url: String) throws(PackageError) {
        let shown = Self.display(url)
        guard url.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            throw PackageError(.invalidSource, "package \(shown): the url has spaces or other bytes to be %-escaped")
        }
        self.url = url
        display = shown
        switch url.prefix(while: { $0 != ":" }).lowercased() {
        case "file": kind = .file(path: try Self.path(of: url))
        case "http", "https": kind = .http(loopback: try Self.isLoopback(url))
        default:
            throw PackageError(.invalidSource, "package \(shown): the url must begin with https://, http:// or file://")
        }
    }

    static func display(_ url: String) -> String {
        var shown = String(url.prefix(while: { $0 != "?" && $0 != "#" }))
        if shown.count < url.count { shown += "?…" }
        let parts = authority(of: shown)
        if let at = parts.lastIndex(of: "@") {
            shown = shown.prefix(upTo: parts.startIndex) + "…" + shown[at...]
        }
        return String(shown.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
    }

    /// `user@host:port` of `scheme://user@host:port/path`; empty when there is none.
    private static func authority(of url: String) -> Substring {
        var rest = url[...]
        guard let colon = rest.firstIndex(of: ":") else { return "" }
        rest = rest[colon...].dropFirst()
        guard rest.hasPrefix("//") else { return "" }
        return rest.dropFirst(2).prefix(while: { $0 != "/" && $0 != "?" && $0 != "#" })
    }

    private static func isLoopback(_ url: String) throws(PackageError) -> Bool {
        let host = authority(of: url).split(separator: "@").last ?? ""
        guard !host.isEmpty else {
            throw PackageError(.invalidSource, "package \(display(url)): the url names no host")
        }
        return host.hasPrefix("127.") || host.hasPrefix("[::1]") || host == "localhost" || host.hasPrefix("localhost:")
    }

    /// RFC 8089: `file:///path` or `file://localhost/path`, with %-escapes.
    private static func path(of url: String) throws(PackageError) -> String {
        let host = authority(of: url)
        let rest = url[host.endIndex...]
        guard host.isEmpty || host == "localhost", url.dropFirst(4).hasPrefix("://"), rest.hasPrefix("/") else {
            throw PackageError(.invalidSource, "package \(url): a file url has an absolute path: file:///srv/a.tar.gz")
        }
        var bytes: [UInt8] = []
        var input = Array(rest.utf8)[...]
        while let byte = input.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let decoded = UInt8(String(decoding: input.prefix(2), as: UTF8.self), radix: 16), decoded != 0 else {
                throw PackageError(.invalidSource, "package \(url): a % must be followed by two hexadecimal digits")
            }
            bytes.append(decoded)
            input = input.dropFirst(2)
        }
        guard let path = String(validating: bytes, as: UTF8.self) else {
            throw PackageError(.invalidSource, "package \(url): the path is not UTF-8")
        }
        return path
    }
}
