/// The answer of an API server that is no object: an error, or the outcome of a deletion (`metav1.Status`).
public struct Status: Codable, Sendable, Hashable, Error {
    public struct Details: Codable, Sendable, Hashable {
        public var name: String?
        public var group: String?
        public var kind: String?
        public var uid: String?
        public var causes: [Cause]?
        public var retryAfterSeconds: Int?

        public init(
            name: String? = nil, group: String? = nil, kind: String? = nil, uid: String? = nil, causes: [Cause]? = nil,
            retryAfterSeconds: Int? = nil
        ) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    public struct Cause: Codable, Sendable, Hashable {
        /// A code such as `FieldValueInvalid`.
        public var reason: String?
        public var message: String?
        /// The field's path, as in `spec.template.spec.handler`.
        public var field: String?

        public init(reason: String? = nil, message: String? = nil, field: String? = nil) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// `Success` or `Failure`.
    public var status: String
    public var message: String
    /// `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `BadRequest`, `Expired`, …; empty on success.
    public var reason: String
    /// The HTTP status code.
    public var code: Int
    public var details: Details?
    /// `metadata.continue`: where a list that ran out of time can go on.
    public var continueToken: String?

    public init(code: Int, reason: String, message: String, details: Details? = nil) {
        status = code < 400 ? "Success" : "Failure"
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    private enum CodingKeys: String, CodingKey {
        case apiVersion, kind, metadata, status, message, reason, code, details
    }
    private struct ListMetadata: Codable {
        var `continue`: String?
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        status = try container.decode(.status, default: "Failure")
        message = try container.decode(.message, default: "")
        reason = try container.decode(.reason, default: "")
        code = try container.decode(.code, default: 0)
        details = try container.decodeIfPresent(Details.self, forKey: .details)
        continueToken = try container.decodeIfPresent(ListMetadata.self, forKey: .metadata)?.continue
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("v1", forKey: .apiVersion)
        try container.encode("Status", forKey: .kind)
        try container.encode(ListMetadata(continue: continueToken), forKey: .metadata)
        try container.encode(status, forKey: .status)
        if !message.isEmpty { try container.encode(message, forKey: .message) }
        if !reason.isEmpty { try container.encode(reason, forKey: .reason) }
        try container.encodeIfPresent(details, forKey: .details)
        try container.encode(code, forKey: .code)
    }

    public var isNotFound: Bool { code == 404 }
    public var isConflict: Bool { reason == "Conflict" }
    public var isAlreadyExists: Bool { reason == "AlreadyExists" }
    /// The resourceVersion asked for is gone (410): list again.
    public var isExpired: Bool { code == 410 }
}

extension Status: CustomStringConvertible {
    public var description: String { message.isEmpty ? "\(code) \(reason)" : message }
}
