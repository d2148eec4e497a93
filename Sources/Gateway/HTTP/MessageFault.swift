/// Why bytes are not the HTTP/1.1 message that they should be.
///
/// It says so in a whole sentence, because the sentence is all that the sender gets.
struct MessageFault: Error, Equatable {
    /// What a client is told: 400, 405, 431, 501 or 505.
    ///
    /// From a sandbox every fault is a 502.
    let status: Int
    let reason: String

    init(_ reason: StaticString, status: Int = 400) {
        self.status = status
        self.reason = reason.description
    }
}
