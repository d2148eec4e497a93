/// One request and its answer: what may happen next, and what must be done about what happened.
///
/// It is a value without clocks, buffers or connections. The client's connection tells it what happened and does what
/// it returns.
///
/// ```
///         held                  ↓ stale connection, safe to run again
///          ↕
/// idle → connecting → awaitingHead → responding → idle
///               ⤶ another endpoint         ↘ tunnel
/// ```
struct Exchange: Equatable {
    enum Phase: Equatable {
        /// Between requests.
        case idle
        /// The request has an endpoint and waits for a connection to it.
        case connecting
        /// The request waits for an endpoint; nothing of it has been written to any.
        case held
        /// The head has been written to the sandbox.
        case awaitingHead
        /// The final response's head has been written to the client.
        case responding
        /// The protocol was switched: bytes pass both ways.
        case tunnel
    }

    /// What of the request decides about it.
    struct Request: Equatable {
        var isIdempotent = true
        var isHTTP10 = false
        var isHEAD = false
        var hasBody = false
        var wantsUpgrade = false
        var keepAlive = true

        init() {}

        init(_ head: RequestHead) {
            (isIdempotent, isHTTP10, isHEAD) = (head.isIdempotent, head.isHTTP10, head.isHEAD)
            (hasBody, wantsUpgrade, keepAlive) = (head.body != .none, head.wantsUpgrade, head.keepAlive)
        }
    }

    /// The most endpoints that one request tries to connect to.
    static let connectAttempts = 2
    /// The most interim responses that one request may get.
    static let interimLimit = 16

    private(set) var phase = Phase.idle
    private(set) var request = Request()
    private(set) var isRequestComplete = true
    private var bodyWasForwarded = false
    private var failedConnects = 0
    private var isReused = false
    /// Whether it has lost a kept connection, and needs a new one.
    private(set) var hasRetriedStale = false
    private var interims = 0
    private var upstreamKeepsAlive = false
    private var closesClient = false

    // MARK: The request

    mutating func begin(_ request: Request) {
        self = Exchange()
        self.request = request
        phase = .connecting
        isRequestComplete = !request.hasBody
        closesClient = !request.keepAlive
    }

    /// A connection is there and the head is being written to it.
    mutating func connected(reused: Bool) {
        phase = .awaitingHead
        isReused = reused
    }

    mutating func bodyForwarded() { bodyWasForwarded = true }

    mutating func requestEnded() { isRequestComplete = true }

    /// From now on the connection ends with the answer.
    mutating func closeAfterwards() { closesClient = true }

    /// There is no endpoint that may have the request now.
    mutating func held() { phase = .held }

    /// It has an endpoint now.
    mutating func released() {
        phase = .connecting
        failedConnects = 0
    }

    enum ConnectFailure: Equatable { case tryAnother, wait, fail }

    /// Nothing has been written, so another endpoint may have the request, or the next.
    ///
    /// - Parameters:
    ///   - hasOther: whether there is another endpoint.
    ///   - mayWait: whether no one was there to connect to, and someone will be.
    /// - Returns: who may have it.
    mutating func connectFailed(hasOther: Bool, mayWait: Bool = false) -> ConnectFailure {
        failedConnects += 1
        if hasOther, failedConnects < Self.connectAttempts { return .tryAnother }
        return mayWait ? .wait : .fail
    }

    // MARK: The answer

    enum HeadAction: Equatable {
        /// Pass a 1xx on and wait for the next head.
        case interim
        /// An HTTP/1.0 client knows no 1xx.
        case dropInterim
        case respond(Response)
        case tunnel
        case reject(MessageFault)
    }

    /// How a response goes to the client.
    struct Response: Equatable {
        /// Whether the sandbox's chunks pass as chunks.
        var isChunked: Bool
        /// Whether the sandbox's chunks are taken apart, for a client of HTTP/1.0.
        var unwrapsChunks: Bool
        var ending: HeadRewriter.Ending
    }

    mutating func received(_ head: ResponseHead, isDraining: Bool) -> HeadAction {
        if head.isInterim {
            interims += 1
            guard interims <= Self.interimLimit else {
                return .reject(MessageFault("It sent more than 16 interim responses."))
            }
            return request.isHTTP10 ? .dropInterim : .interim
        }
        if head.status == 101 {
            guard request.wantsUpgrade, isRequestComplete else {
                return .reject(MessageFault("It switched protocols without being asked."))
            }
            phase = .tunnel
            return .tunnel
        }
        phase = .responding
        upstreamKeepsAlive = head.keepAlive
        let unwraps = head.body == .chunked && request.isHTTP10
        // Without a length a client sees the end by the connection's end. A client that is still sending is not
        // read to the end for the sake of one connection.
        if unwraps || head.body == .untilClose || !isRequestComplete || isDraining { closesClient = true }
        let ending: HeadRewriter.Ending =
            closesClient ? .close : request.isHTTP10 ? .keepAliveHTTP10 : .keepAlive
        return .respond(
            Response(isChunked: head.body == .chunked && !unwraps, unwrapsChunks: unwraps, ending: ending))
    }

    struct Completion: Equatable {
        var reusesUpstream: Bool
        var closesClient: Bool
    }

    /// The answer has been passed on to its last byte.
    mutating func responseEnded() -> Completion { ended(reusesUpstream: upstreamKeepsAlive && isRequestComplete) }

    /// The gateway has answered by itself.
    mutating func answered() -> Completion { ended(reusesUpstream: false) }

    private mutating func ended(reusesUpstream: Bool) -> Completion {
        phase = .idle
        request = Request()
        return Completion(reusesUpstream: reusesUpstream, closesClient: closesClient || !isRequestComplete)
    }

    // MARK: The sandbox's connection ends

    enum UpstreamLoss: Equatable {
        /// A kept connection had been closed before the request came: it may run on a fresh one.
        case retry
        /// 502: closed before answering.
        case fail
        /// The end of the connection is the end of the body.
        case complete
        /// The client has part of an answer that will never be whole: its connection ends too.
        case abort
        case ignore
    }

    /// The connection to the sandbox is gone.
    ///
    /// - Parameters:
    ///   - sawResponse: whether any byte of a response came.
    ///   - endsWithClose: whether the response has no other end than the connection's.
    /// - Returns: what becomes of the request.
    mutating func upstreamClosed(sawResponse: Bool, endsWithClose: Bool) -> UpstreamLoss {
        switch phase {
        case .idle, .connecting, .held: return .ignore
        case .tunnel: return .abort
        case .responding: return endsWithClose ? .complete : .abort
        case .awaitingHead:
            // A request that has reached a sandbox is not run again unless that is the same as once.
            let canRepeat = request.isIdempotent && !bodyWasForwarded
            guard isReused, !sawResponse, interims == 0, canRepeat, !hasRetriedStale else { return .fail }
            hasRetriedStale = true
            phase = .connecting
            return .retry
        }
    }
}
