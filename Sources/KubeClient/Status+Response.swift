import FoundationEssentials
import KubeAPI

extension Status {
    /// The most of a foreign body that a message quotes.
    private static let quoted = 512

    /// The Status in the body of an error, or one made of the code where a proxy (or anyone else) answered.
    init(code: Int, body: Data) {
        if let status = try? JSONValue(parsing: body).decoded(as: Status.self),
            status.code != 0 || !status.reason.isEmpty
        {
            self = status
            if self.code == 0 { self.code = code }
            return
        }
        let text = String(decoding: body.prefix(Self.quoted), as: UTF8.self).trimmedOfSpace
        self.init(
            code: code, reason: Self.reason(code),
            message: text.isEmpty
                ? "the server answered \(code) without a message" : "the server answered \(code): \(text)")
    }

    /// The reason that apimachinery gives an error of which only the code is known (`NewGenericServerResponse`).
    private static func reason(_ code: Int) -> String {
        switch code {
        case 400: "BadRequest"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "NotFound"
        case 405: "MethodNotAllowed"
        case 406: "NotAcceptable"
        case 409: "Conflict"
        case 410: "Expired"
        case 413: "RequestEntityTooLarge"
        case 415: "UnsupportedMediaType"
        case 422: "Invalid"
        case 429: "TooManyRequests"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        case 504: "Timeout"
        default: "Unknown"
        }
    }
}

extension String {
    var trimmedOfSpace: String {
        let tail = drop(while: \.isWhitespace)
        guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(tail[...last])
    }
}
