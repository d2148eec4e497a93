import KubeAPI

/// How a list or watch is asked for (`metav1.ListOptions`), by upstream's rules.
///
/// Sources: apimachinery `internalversion/validation`, apiserver `storage.ValidateListOptions`, KEP-3157.
struct ListOptions: Sendable, Equatable {
    /// As of when the collection is wanted.
    enum Version: Sendable, Equatable {
        case latest
        /// This one or a later one.
        case notOlderThan(Int64)
        case exact(Int64)
    }

    var version = Version.latest
    /// nil: no limit.
    var limit: Int?
    /// Where an earlier page ended.
    var continuation: ContinueToken?
    /// For watches: whether they begin with what there is; nil: not said.
    var sendsInitialEvents: Bool?
    var allowsBookmarks: Bool

    /// - Parameters:
    ///   - query: the request's parameters.
    ///   - isWatch: whether it is a watch.
    /// - Throws: a 400 or 422, worded as upstream's.
    init(_ query: Query, isWatch: Bool) throws(Status) {
        let match = query["resourceVersionMatch"] ?? ""
        let text = query["resourceVersion"] ?? ""
        let token = query["continue"] ?? ""
        sendsInitialEvents = (query["sendInitialEvents"] ?? "").isEmpty ? nil : query.flag("sendInitialEvents")
        allowsBookmarks = query.flag("allowWatchBookmarks")
        let errors =
            isWatch
            ? Self.watchErrors(match, sendsInitialEvents, token)
            : Self.listErrors(match, sendsInitialEvents, token, text)
        guard errors.isEmpty else {
            let type = ResourceType(group: "meta.k8s.io", version: "v1", kind: "ListOptions", plural: "listoptions")
            throw .invalid(type, "", errors)
        }
        if let wanted = try query.int("limit"), wanted > 0, !isWatch { limit = Int(clamping: wanted) }
        if !token.isEmpty, !isWatch {
            continuation = try ContinueToken(token)
            guard text.isEmpty || text == "0" else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            if let revision = continuation?.revision { version = .exact(revision) }
            return
        }
        let revision = try Self.revision(text, isWatch: isWatch)
        guard revision > 0 else { return }
        // An exact match is also what a limit without a match has always meant.
        version = match == "Exact" || (match.isEmpty && limit != nil) ? .exact(revision) : .notOlderThan(revision)
    }

    private static func listErrors(
        _ match: String, _ sendsInitialEvents: Bool?, _ token: String, _ version: String
    ) -> [FieldError] {
        var errors: [FieldError] = []
        if !match.isEmpty {
            let field = "resourceVersionMatch"
            if version.isEmpty {
                errors.append(.forbidden(field, "\(field) is forbidden unless resourceVersion is provided"))
            }
            if !token.isEmpty { errors.append(.forbidden(field, "\(field) is forbidden when continue is provided")) }
            if match != "Exact", match != "NotOlderThan" {
                errors.append(.notSupported(field, .string(match), allowed: ["Exact", "NotOlderThan", ""]))
            }
            if match == "Exact", version == "0" {
                errors.append(.forbidden(field, "\(field) \"exact\" is forbidden for resourceVersion \"0\""))
            }
        }
        if sendsInitialEvents != nil {
            errors.append(.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
        }
        return errors
    }

    private static func watchErrors(_ match: String, _ sendsInitialEvents: Bool?, _ token: String) -> [FieldError] {
        let field = "resourceVersionMatch"
        var errors: [FieldError] = []
        if sendsInitialEvents != nil, match != "NotOlderThan" {
            errors.append(.forbidden(field, "sendInitialEvents requires setting \(field) to NotOlderThan"))
        }
        guard !match.isEmpty else { return errors }
        if sendsInitialEvents == nil {
            errors.append(.forbidden(field, "\(field) is forbidden for watch unless sendInitialEvents is provided"))
        }
        if match != "NotOlderThan" {
            errors.append(.notSupported(field, .string(match), allowed: ["NotOlderThan"]))
        }
        if !token.isEmpty { errors.append(.forbidden(field, "\(field) is forbidden when continue is provided")) }
        return errors
    }

    /// The number in a `resourceVersion` parameter; 0 when it is empty.
    static func revision(_ text: String, isWatch: Bool) throws(Status) -> Int64 {
        if text.isEmpty { return 0 }
        if text.utf8.allSatisfy({ (48...57).contains($0) }), let revision = Int64(text) { return revision }
        let why =
            "resourceVersion: Invalid value: \(JSONValue.string(text).shown): "
            + "strconv.ParseUint: parsing \(JSONValue.string(text).shown): invalid syntax"
        throw .badRequest(isWatch ? why : "invalid resource version: \(why)")
    }
}

extension ListOptions {
    /// Where a watch with these options begins.
    var watchStart: ObjectStore.WatchStart {
        switch (version, sendsInitialEvents) {
        case (_, true?), (.latest, nil): .current
        case (.latest, false?): .now
        case (.notOlderThan(let revision), _), (.exact(let revision), _): .after(revision)
        }
    }
}
