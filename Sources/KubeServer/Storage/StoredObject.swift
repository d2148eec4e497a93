import KubeAPI
import Synchronization

/// One committed object: its JSON text, which lists and watches send as it is, and what selectors and owners need.
///
/// The parsed object takes several times the text's memory, so it is kept only while somebody holds it; see
/// `RecentObjects`.
final class StoredObject: Sendable {
    /// A parsed object that is shared while it is held.
    final class Parsed: Sendable {
        let value: JSONValue
        init(_ value: JSONValue) { self.value = value }
    }

    private struct Kept { weak var parsed: Parsed? }

    /// The storage key of its resource.
    let resource: String
    let key: ObjectKey
    let revision: Int64
    let bytes: [UInt8]
    /// `metadata.labels`.
    let labels: [String: JSONValue]
    let ownerUIDs: [String]
    private let kept: Mutex<Kept>

    private init(
        _ value: JSONValue, bytes: [UInt8], resource: String, revision: Int64, parsed: Parsed? = nil
    ) {
        self.resource = resource
        self.revision = revision
        self.bytes = bytes
        key = ObjectKey(namespace: value.namespace, name: value.name)
        labels = value.labels
        ownerUIDs = value.ownerUIDs
        kept = Mutex(Kept(parsed: parsed))
    }

    /// - Parameters:
    ///   - value: the object; its resourceVersion is set to `revision`.
    ///   - resource: the storage key of its resource.
    ///   - revision: the revision of the write.
    ///   - text: the object's text, when it has been made before.
    /// - Returns: the object, and its parsed form for whoever wants to hold it.
    static func make(
        _ value: JSONValue, resource: String, revision: Int64, text: UnversionedText? = nil
    ) -> (object: StoredObject, parsed: Parsed) {
        var value = value
        value.setMetadata("resourceVersion", .string(String(revision)))
        let bytes = text?.bytes(revision: revision) ?? value.serializedBytes()
        let parsed = Parsed(value)
        return (StoredObject(value, bytes: bytes, resource: resource, revision: revision, parsed: parsed), parsed)
    }

    convenience init(_ value: JSONValue, resource: String, revision: Int64) {
        var value = value
        value.setMetadata("resourceVersion", .string(String(revision)))
        self.init(value, bytes: value.serializedBytes(), resource: resource, revision: revision)
    }

    /// An object as the database holds it.
    convenience init(bytes: [UInt8], resource: String, revision: Int64) throws(JSONError) {
        self.init(try JSONReader.parse(bytes), bytes: bytes, resource: resource, revision: revision)
    }

    /// The parsed object.
    var value: JSONValue { parsed().value }

    /// The parsed object, to be held by whoever will soon want it again.
    func parsed() -> Parsed {
        if let parsed = kept.withLock({ $0.parsed }) { return parsed }
        // The text was checked when it was written or loaded.
        let parsed = Parsed((try? JSONReader.parse(bytes)) ?? .null)
        kept.withLock { $0.parsed = parsed }
        return parsed
    }

    /// One field; cheap also when the object is not parsed.
    func field(_ path: [String]) -> JSONValue? {
        switch path {
        case ["metadata", "name"]: return .string(key.name)
        case ["metadata", "namespace"]: return .string(key.namespace)
        default:
            if let parsed = kept.withLock({ $0.parsed }) { return parsed.value[path] }
            return JSONText.value(at: path, in: bytes)
        }
    }

    /// The JSON text in one version of the API, as of a revision.
    ///
    /// - Parameters:
    ///   - apiVersion: the version that the client asked for.
    ///   - revision: the resourceVersion to show; nil: the object's own.
    /// - Returns: the stored text itself wherever that is what is asked for.
    func text(apiVersion: String, revision: Int64? = nil) -> [UInt8] {
        var text = bytes
        if !text.starts(with: "{\"apiVersion\":\"\(apiVersion)\"".utf8) {
            text = JSONText.replacing(["apiVersion"], with: .string(apiVersion), in: text)
        }
        if let revision, revision != self.revision {
            text = JSONText.replacing(["metadata", "resourceVersion"], with: .string(String(revision)), in: text)
        }
        return text
    }
}

/// Keeps the objects that were written or read last in their parsed form, for those who read them next.
struct RecentObjects {
    private var held: [StoredObject.Parsed] = []
    private var next = 0
    private let limit: Int

    init(limit: Int = 512) { self.limit = limit }

    mutating func hold(_ parsed: StoredObject.Parsed) {
        if held.count < limit { return held.append(parsed) }
        held[next] = parsed
        next = (next + 1) % limit
    }
}
