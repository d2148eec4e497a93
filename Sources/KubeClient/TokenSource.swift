import FoundationEssentials
import Synchronization

/// The bearer token: fixed, or in a file that is read again every minute because the kubelet rotates it.
final class TokenSource: Sendable {
    private struct Cached {
        var token: String?
        var readAt: ContinuousClock.Instant?
    }

    private static let lifetime = Duration.seconds(60)

    private let file: String?
    private let cached: Mutex<Cached>

    init(_ configuration: ClientConfiguration) {
        file = configuration.tokenFile
        cached = Mutex(Cached(token: configuration.token))
    }

    /// The token to send now; nil for none.
    ///
    /// The last good one is kept while the file cannot be read.
    func token(now: ContinuousClock.Instant = .now) throws -> String? {
        guard let file else { return cached.withLock { $0.token } }
        return try cached.withLock { cached in
            if let readAt = cached.readAt, readAt.duration(to: now) < Self.lifetime { return cached.token }
            do {
                let token = try String(contentsOfFile: file, encoding: .utf8).trimmedOfSpace
                if !token.isEmpty { cached.token = token }
                cached.readAt = now
            } catch  where cached.token != nil {
                cached.readAt = now
            } catch {
                throw KubeClientError(.invalidConfiguration, "cannot read the token file \(file)", cause: error)
            }
            return cached.token
        }
    }
}
