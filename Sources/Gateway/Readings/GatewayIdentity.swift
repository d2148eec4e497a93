import Glibc

/// What a gateway is called.
enum GatewayIdentity {
    /// The host's name and the port, as part of the name of an object (RFC 1123); two gateways of one host differ, and one
    /// that is started again is the same.
    static func of(host: String, port: Int) -> String {
        let spelled = host.lowercased().prefix(200).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let name = String(spelled).split(separator: "-").joined(separator: "-")
        return name.isEmpty ? "gateway-\(port)" : "\(name)-\(port)"
    }

    /// The name of this machine.
    static var hostName: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "" }
        return withUnsafeBytes(of: &name.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
