import Foundation

/// Who the server is, and the secret that lets its administrator in.
///
/// Made on first start, then reused.
public struct ServerIdentity: Sendable {
    /// The certificate that clients trust, in PEM.
    public let caCertificatePEM: String
    /// The bearer token that every request must carry: 64 hexadecimal digits.
    public let token: String
    let certificatePEM: String
    let keyPEM: String

    private static let files = (
        authority: "ca.crt", authorityKey: "ca.key", certificate: "apiserver.crt", key: "apiserver.key", token: "token"
    )

    /// Reads the identity in `directory`, or makes one there.
    ///
    /// The directory gets mode 0700, its files 0600.
    ///
    /// - Parameter directory: where the identity is kept.
    /// - Returns: the identity.
    /// - Throws: when files cannot be read or written, or when only some of them are there.
    public static func loadOrCreate(directory: String) throws -> ServerIdentity {
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        // The token is written last: with it, the identity is complete.
        if FileManager.default.fileExists(atPath: folder.appending(path: files.token).path) {
            return try load(folder)
        }
        return try create(folder)
    }

    private static func load(_ folder: URL) throws -> ServerIdentity {
        func read(_ name: String) throws -> String {
            let file = folder.appending(path: name)
            do { return try String(contentsOf: file, encoding: .utf8) } catch {
                throw IdentityError(
                    description: "cannot read \(file.path): \(error). Restore it, or remove \(folder.path) to have a "
                        + "new identity made; clients then need the new certificate and token")
            }
        }
        return ServerIdentity(
            caCertificatePEM: try read(files.authority), token: try read(files.token),
            certificatePEM: try read(files.certificate), keyPEM: try read(files.key))
    }

    private static func create(_ folder: URL) throws -> ServerIdentity {
        let authority = try CertificateFactory.makeAuthority()
        let serving = try CertificateFactory.makeServing(authority)
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let identity = ServerIdentity(
            caCertificatePEM: try authority.certificatePEM,
            token: bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
            certificatePEM: try serving.certificatePEM, keyPEM: try serving.keyPEM)
        try write(identity.caCertificatePEM, folder.appending(path: files.authority))
        try write(try authority.keyPEM, folder.appending(path: files.authorityKey))
        try write(identity.certificatePEM, folder.appending(path: files.certificate))
        try write(identity.keyPEM, folder.appending(path: files.key))
        try write(identity.token, folder.appending(path: files.token))
        return identity
    }

    /// Writes a file that only its owner can read, at no moment otherwise.
    private static func write(_ text: String, _ file: URL) throws {
        try? FileManager.default.removeItem(at: file)
        guard
            FileManager.default.createFile(
                atPath: file.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw IdentityError(description: "cannot write \(file.path)") }
    }

    /// Whether an `Authorization` header carries the token.
    ///
    /// Takes the same time wherever they differ.
    public func admits(_ authorization: String?) -> Bool {
        let expected = Array("Bearer \(token)".utf8)
        let given = Array((authorization ?? "").utf8)
        var difference = UInt8(given.count == expected.count ? 0 : 1)
        for (index, byte) in expected.enumerated() { difference |= byte ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }
}

/// The files of an identity cannot be used.
struct IdentityError: Error, CustomStringConvertible {
    let description: String
}
