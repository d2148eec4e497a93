/// Which of a function's ready sandboxes gets a request.
public enum EndpointChoice: Sendable, Equatable {
    /// No sandbox is ready (or none but the one that just failed): an expected state, not an error.
    case noneReady
    /// The index of the chosen endpoint.
    case endpoint(Int)

    /// The one with fewer requests in flight of two picked at random.
    ///
    /// Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing".
    ///
    /// - Parameters:
    ///   - count: how many endpoints there are.
    ///   - excluded: an endpoint that has just failed this request and must not get it again.
    ///   - random: 64 random bits; the same bits give the same choice.
    ///   - inFlight: the requests that an endpoint is serving now.
    /// - Returns: an endpoint, or `noneReady` if there is none to choose.
    public static func leastInFlight(
        of count: Int, excluding excluded: Int? = nil, random: UInt64, inFlight: (Int) -> Int
    ) -> EndpointChoice {
        let candidates = excluded == nil ? count : count - 1
        guard candidates > 0 else { return .noneReady }
        // Candidates are numbered without the excluded one; `place` gives them their index back.
        func place(_ candidate: Int) -> Int {
            guard let excluded, candidate >= excluded else { return candidate }
            return candidate + 1
        }
        guard candidates > 1 else { return .endpoint(place(0)) }
        let first = scaled(random & 0xffff_ffff, to: candidates)
        var second = scaled(random >> 32, to: candidates - 1)
        if second >= first { second += 1 }
        let (one, other) = (place(first), place(second))
        return .endpoint(inFlight(other) < inFlight(one) ? other : one)
    }

    /// Maps 32 random bits to 0..<limit without a division.
    private static func scaled(_ bits: UInt64, to limit: Int) -> Int { Int((bits &* UInt64(limit)) >> 32) }
}
