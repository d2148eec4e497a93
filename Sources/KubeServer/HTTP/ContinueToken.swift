import Foundation
import KubeAPI

/// Where a page of a list ended, in the text that a client gives back for the next.
///
/// The form is that of apiserver's `storage.EncodeContinue`; clients must not look into it.
struct ContinueToken: Sendable, Equatable {
    /// The last object of the page.
    var last: ObjectKey
    /// The revision whose state the pages show; nil: whatever is current, at the price of consistency.
    var revision: Int64?

    private struct Wire: Codable {
        var v: String?
        var rv: Int64?
        var start: String?
    }

    init(last: ObjectKey, revision: Int64?) {
        self.last = last
        self.revision = revision
    }

    /// Reads what a client gave back.
    ///
    /// - Throws: a 400 when this server has not made it.
    init(_ text: String) throws(Status) {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard !text.contains("="), let data = Data(base64Encoded: base64),
            let wire = try? JSONDecoder().decode(Wire.self, from: data)
        else { throw Self.invalid("continue key is not valid") }
        guard wire.v == "meta.k8s.io/v1" else {
            throw Self.invalid(
                "continue key is not valid: server does not recognize this encoded version \(wire.v ?? "")")
        }
        guard let revision = wire.rv, revision != 0 else {
            throw Self.invalid(
                "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
        }
        guard let start = wire.start, !start.isEmpty else {
            throw Self.invalid("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
        }
        let parts = start.split(separator: "/", omittingEmptySubsequences: false)
        guard start.hasSuffix("\0"), parts.count == 2, !parts.contains(".."), !parts.contains("..\0") else {
            throw Self.invalid("continue key is not valid: \(start)")
        }
        last = ObjectKey(namespace: String(parts[0]), name: String(parts[1].dropLast()))
        self.revision = revision > 0 ? revision : nil
    }

    /// The text for the client.
    var text: String {
        // The smallest key behind the last.
        let value: JSONValue = [
            "v": "meta.k8s.io/v1", "rv": .int(revision ?? -1), "start": .string("\(last.namespace)/\(last.name)\0"),
        ]
        return Data(value.serializedBytes()).base64EncodedString().replacing("+", with: "-")
            .replacing("/", with: "_").replacing("=", with: "")
    }

    private static func invalid(_ why: String) -> Status { .badRequest("invalid continue token: \(why)") }
}

extension Status {
    /// The answer to a token whose revision is gone: with one that goes on from there with what is current.
    static func continueExpired(_ token: ContinueToken) -> Status {
        var status = Status.expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
                + "without the continue parameter, or use the continue token in this response to retrieve the "
                + "remainder of the results. Continuing with the provided token results in an inconsistent list - "
                + "objects that were created, modified, or deleted between the time the first chunk was returned and "
                + "now may show up in the list.")
        status.continueToken = ContinueToken(last: token.last, revision: nil).text
        return status
    }
}
