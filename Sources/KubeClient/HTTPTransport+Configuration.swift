import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension HTTPClient.Configuration {
    /// Requests at once; more wait.
    ///
    /// A burst of writes should not become a burst of TLS handshakes.
    private static let requests = 32
    /// Each watch holds a connection, so many more than async-http-client's 8 a host are allowed.
    private static let watches = 512

    static func kube(_ configuration: ClientConfiguration) throws -> HTTPClient.Configuration {
        var http = HTTPClient.Configuration(
            tlsConfiguration: try .kube(configuration),
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30)),
            connectionPool: .init(
                idleTimeout: .seconds(60), concurrentHTTP1ConnectionsPerHostSoftLimit: requests))
        // One HTTP/2 connection for everything would let a stalled watch delay heartbeats.
        http.httpVersion = .http1Only
        // A refused connection is reported at once: whoever calls has a back-off of its own.
        http.connectionPool.retryConnectionEstablishment = false
        http.http1_1ConnectionDebugInitializer = { $0.keepAlive() }
        return http
    }

    /// The same for watches: longer than any is asked to last, the silence of one means that its server is gone.
    var forWatches: HTTPClient.Configuration {
        var http = self
        http.timeout.read = .seconds(660)
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.watches
        return http
    }
}

extension TLSConfiguration {
    fileprivate static func kube(_ configuration: ClientConfiguration) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // A server that is busy with a watch may not read our goodbye; ending a program must not wait for it.
        tls.shutdownTimeout = .milliseconds(250)
        if configuration.insecureSkipVerify { tls.certificateVerification = .none }
        do {
            if let pem = configuration.caPEM {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
            }
            if let chain = configuration.clientCertificatePEM, let key = configuration.clientKeyPEM {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
            }
        } catch {
            throw KubeClientError(
                .invalidConfiguration, "the certificates for \(configuration.server) are no PEM", cause: error)
        }
        return tls
    }
}

extension Channel {
    /// Lets the kernel find out about a peer that vanished without a word, as client-go does: after 30 s of silence it
    /// is asked every 10 s, and given up after six questions.
    fileprivate func keepAlive() -> EventLoopFuture<Void> {
        let alive = setOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            let timing: [(CInt, ChannelOptions.Types.SocketOption.Value)] = [
                (TCP_KEEPIDLE, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 6),
            ]
            let options = timing.map { setOption(.tcpOption(.init(rawValue: $0.0)), value: $0.1) }
            return EventLoopFuture.andAllSucceed([alive] + options, on: eventLoop)
        #else
            return alive
        #endif
    }
}

extension KubeClientError {
    /// Sorts what async-http-client throws.
    init(transport error: any Error, during what: String) {
        switch error {
        case let error as HTTPClientError
        where [.connectTimeout, .deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout].contains(error):
            self.init(.timedOut, "\(what) took too long", cause: error)
        case let error as HTTPClientError
        where [.remoteConnectionClosed, .uncleanShutdown, .cancelled].contains(error):
            self.init(.connectionLost, "\(what): the connection broke", cause: error)
        case is HTTPClientError: self.init(.invalidResponse, "\(what) failed", cause: error)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(.connectFailed, "\(what): the TLS handshake failed", cause: error)
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            self.init(.connectFailed, "\(what): cannot connect", cause: error)
        case is NIOConnectionError: self.init(.connectFailed, "\(what): cannot connect", cause: error)
        default: self.init(.connectionLost, "\(what): the connection broke", cause: error)
        }
    }
}
