import Crypto
import Foundation
import X509

/// Makes the certificates of a server: its own authority, and what it serves with.
enum CertificateFactory {
    struct Pair {
        var certificate: Certificate
        var key: Certificate.PrivateKey

        var certificatePEM: String { get throws { try certificate.serializeAsPEM().pemString } }
        var keyPEM: String { get throws { try key.serializeAsPEM().pemString } }
    }

    private static let authorityYears = 10.0

    static func makeAuthority() throws -> Pair {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("nest-ca") }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
            SubjectKeyIdentifier(hash: key.publicKey)
        }
        return Pair(certificate: try sign(key.publicKey, name, issuer: name, extensions, with: key), key: key)
    }

    /// A certificate for this machine's loopback names.
    static func makeServing(_ authority: Pair) throws -> Pair {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("nest-apiserver") }
        let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectAlternativeNames([
                .dnsName("localhost"), .ipAddress(.init(contentBytes: [127, 0, 0, 1])),
                .ipAddress(.init(contentBytes: loopback6[...])),
            ])
        }
        let certificate = try sign(
            key.publicKey, name, issuer: authority.certificate.subject, extensions, with: authority.key)
        return Pair(certificate: certificate, key: key)
    }

    private static func sign(
        _ publicKey: Certificate.PublicKey, _ name: DistinguishedName, issuer: DistinguishedName,
        _ extensions: Certificate.Extensions, with key: Certificate.PrivateKey
    ) throws -> Certificate {
        // An hour back, for clocks that differ a little.
        let start = Date(timeIntervalSinceNow: -3600)
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey, notValidBefore: start,
            notValidAfter: start.addingTimeInterval(authorityYears * 365 * 86_400), issuer: issuer, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: key)
    }
}
