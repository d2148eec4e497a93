import Testing

@testable import Gateway

@Suite struct ExchangeTests {
    static func begun(
        idempotent: Bool = true, body: Bool = false, http10: Bool = false, keepAlive: Bool = true, upgrade: Bool = false
    ) -> Exchange {
        var request = Exchange.Request()
        (request.isIdempotent, request.hasBody, request.isHTTP10) = (idempotent, body, http10)
        (request.keepAlive, request.wantsUpgrade) = (keepAlive, upgrade)
        var exchange = Exchange()
        exchange.begin(request)
        return exchange
    }

    static func head(_ status: Int, _ body: BodyLength = .bytes(1), keepAlive: Bool = true) -> ResponseHead {
        ResponseHead(status: status, body: body, keepAlive: keepAlive, statusLine: 9..<12)
    }

    struct Loss: Sendable {
        var idempotent = true
        var reused = true
        var bodyForwarded = false
        var sawResponse = false
        var expected: Exchange.UpstreamLoss
    }

    /// Invariant: a request that has reached a sandbox runs again only if that is the same as once.
    @Test(arguments: [
        Loss(expected: .retry), Loss(idempotent: false, expected: .fail), Loss(reused: false, expected: .fail),
        Loss(bodyForwarded: true, expected: .fail), Loss(sawResponse: true, expected: .fail),
    ])
    func onlyAStaleConnectionAndASafeRequestAreTriedAgain(loss: Loss) {
        var exchange = Self.begun(idempotent: loss.idempotent, body: loss.bodyForwarded)
        exchange.connected(reused: loss.reused)
        if loss.bodyForwarded { exchange.bodyForwarded() }
        #expect(exchange.upstreamClosed(sawResponse: loss.sawResponse, endsWithClose: false) == loss.expected)
    }

    @Test func aRequestIsTriedAgainOnce() {
        var exchange = Self.begun()
        exchange.connected(reused: true)
        #expect(exchange.upstreamClosed(sawResponse: false, endsWithClose: false) == .retry)
        exchange.connected(reused: true)
        #expect(exchange.upstreamClosed(sawResponse: false, endsWithClose: false) == .fail)
    }

    @Test func connectingIsTriedTwice() {
        var exchange = Self.begun()
        #expect(exchange.connectFailed(hasOther: true) == .tryAnother)
        #expect(exchange.connectFailed(hasOther: true) == .fail)
        var alone = Self.begun()
        #expect(alone.connectFailed(hasOther: false) == .fail)
    }

    @Test func aRequestThatCouldNotBeSentMayWaitAndIsThenAsGoodAsNew() {
        var exchange = Self.begun()
        #expect(exchange.connectFailed(hasOther: true, mayWait: true) == .tryAnother)
        #expect(exchange.connectFailed(hasOther: true, mayWait: true) == .wait)
        exchange.held()
        #expect(exchange.upstreamClosed(sawResponse: false, endsWithClose: false) == .ignore)
        exchange.released()
        #expect(exchange.connectFailed(hasOther: true, mayWait: true) == .tryAnother)
    }

    @Test func theEndOfTheConnectionEndsOnlyABodyThatHasNoOtherEnd() {
        for (endsWithClose, expected) in [(true, Exchange.UpstreamLoss.complete), (false, .abort)] {
            var exchange = Self.begun()
            exchange.connected(reused: false)
            _ = exchange.received(Self.head(200), isDraining: false)
            #expect(exchange.upstreamClosed(sawResponse: true, endsWithClose: endsWithClose) == expected)
        }
    }

    @Test func theClientsConnectionLivesOnIfBothMessagesHaveEnds() {
        let endings: [(Exchange, ResponseHead, Bool, HeadRewriter.Ending)] = [
            (Self.begun(), Self.head(200), false, .keepAlive),
            (Self.begun(), Self.head(200, .chunked, keepAlive: false), false, .keepAlive),
            (Self.begun(), Self.head(200, .untilClose), false, .close),
            (Self.begun(), Self.head(200), true, .close),
            (Self.begun(keepAlive: false), Self.head(200), false, .close),
            (Self.begun(body: true), Self.head(200), false, .close),
            (Self.begun(http10: true), Self.head(200), false, .keepAliveHTTP10),
            (Self.begun(http10: true), Self.head(200, .chunked), false, .close),
        ]
        for (begun, head, isDraining, ending) in endings {
            var exchange = begun
            exchange.connected(reused: false)
            guard case .respond(let response) = exchange.received(head, isDraining: isDraining) else {
                Issue.record("no response for \(head)")
                continue
            }
            #expect(response.ending == ending)
            #expect(exchange.responseEnded().closesClient == (ending == .close))
        }
    }

    @Test func anUpstreamConnectionIsKeptOnlyAfterTwoWholeMessages() {
        for (hasBody, ended, keepAlive, expected) in [
            (false, false, true, true), (true, true, true, true), (true, false, true, false),
            (false, false, false, false),
        ] {
            var exchange = Self.begun(body: hasBody)
            exchange.connected(reused: false)
            if ended { exchange.requestEnded() }
            _ = exchange.received(Self.head(200, keepAlive: keepAlive), isDraining: false)
            #expect(exchange.responseEnded().reusesUpstream == expected)
        }
    }

    @Test func interimResponsesPassExceptToHTTP10AndNotForEver() {
        var exchange = Self.begun()
        exchange.connected(reused: false)
        for _ in 0..<Exchange.interimLimit {
            #expect(exchange.received(Self.head(103), isDraining: false) == .interim)
        }
        guard case .reject = exchange.received(Self.head(103), isDraining: false) else {
            Issue.record("a seventeenth interim response passed")
            return
        }
        var old = Self.begun(http10: true)
        old.connected(reused: false)
        #expect(old.received(Self.head(100), isDraining: false) == .dropInterim)
    }

    @Test func protocolsSwitchOnlyWhenAsked() {
        var asked = Self.begun(upgrade: true)
        asked.connected(reused: false)
        #expect(asked.received(Self.head(101, .none), isDraining: false) == .tunnel)
        var unasked = Self.begun()
        unasked.connected(reused: false)
        guard case .reject = unasked.received(Self.head(101, .none), isDraining: false) else {
            Issue.record("switched without being asked")
            return
        }
    }
}
