import KubeAPI

/// What becomes of fields that the schema does not know (`fieldValidation`).
enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}

/// How a write is to be done.
struct WriteOptions: Sendable {
    /// Everything is checked, nothing is stored.
    var isDryRun = false
    var validation = FieldValidation.warn
}

/// The part of an object that a write is about.
enum ObjectPart: Sendable {
    case main
    /// The status subresource.
    case status
    /// The finalize subresource of namespaces: `spec.finalizers`.
    case finalize
}

/// What a write came to.
struct WriteOutcome: Sendable {
    var object: JSONValue
    /// For `Warning` headers.
    var warnings: [String] = []
    /// The object as it is stored, with the text that an answer can be made of; nil when nothing was.
    var stored: StoredObject?
}

/// The body and parameters of a deletion (`metav1.DeleteOptions`).
struct DeleteOptions: Sendable {
    enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    var uid: String?
    var resourceVersion: String?
    var gracePeriodSeconds: Int64?
    var propagation = Propagation.background
    var isDryRun = false

    init() {}

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - body: the request's body, if it has one.
    ///   - query: the request's parameters; the body wins where both speak.
    /// - Throws: a 400 for values that mean nothing.
    init(body: JSONValue?, query: Query) throws(Status) {
        let isQueriedDry = try query.isDryRun()
        isDryRun = isQueriedDry || body?["dryRun"]?.arrayValue?.contains("All") == true
        uid = body?["preconditions"]?["uid"]?.stringValue
        resourceVersion = body?["preconditions"]?["resourceVersion"]?.stringValue
        let queriedGrace = try query.int("gracePeriodSeconds")
        gracePeriodSeconds = body?["gracePeriodSeconds"]?.intValue ?? queriedGrace
        if let grace = gracePeriodSeconds, grace < 0 {
            throw .badRequest("gracePeriodSeconds must not be negative: \(grace)")
        }
        if let text = body?["propagationPolicy"]?.stringValue ?? query["propagationPolicy"] {
            guard let policy = Propagation(rawValue: text) else {
                let known: [JSONValue] = ["Background", "Foreground", "Orphan"]
                throw .invalidOptions(
                    [.notSupported("propagationPolicy", .string(text), allowed: known)], kind: "DeleteOptions")
            }
            guard body?["orphanDependents"] == nil, query["orphanDependents"] == nil else {
                let why = "orphanDependents and deletionPropagation cannot be both set"
                throw .invalidOptions([.invalid("propagationPolicy", .string(text), why)], kind: "DeleteOptions")
            }
            propagation = policy
        } else if body?["orphanDependents"] == true || query["orphanDependents"] == "true" {
            propagation = .orphan
        }
    }
}
