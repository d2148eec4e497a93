import KubeAPI
import Synchronization

/// One committed object: its JSON text, which lists and watches send as it is, and what selectors and owners need.
///
/// The parsed object takes several times the text's memory, so it is kept only while somebody holds it, as
/// `RecentObjects` does with those that were written or read last.
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
    let uid: String
    let ownerUIDs: [String]
    let isBeingDeleted: Bool
    private let kept: Mutex<Kept>
    private let recent: RecentObjects?

    private init(
        _ value: JSONValue, bytes: [UInt8], resource: String, revision: Int64, recent: RecentObjects?,
        parsed: Parsed? = nil
    ) {
        self.resource = resource
        self.revision = revision
        self.bytes = bytes
        self.recent = recent
        key = ObjectKey(namespace: value.namespace, name: value.name)
        labels = value.labels
        uid = value.uid
        ownerUIDs = value.ownerUIDs
        isBeingDeleted = value.isBeingDeleted
        kept = Mutex(Kept(parsed: parsed))
    }

    /// - Parameters:
    ///   - value: the object; its resourceVersion is set to `revision`.
    ///   - resource: the storage key of its resource.
    ///   - revision: the revision of the write.
    ///   - text: the object's text, when it has been made before.
    ///   - recent: keeps it parsed for a while.
    convenience init(
        _ value: JSONValue, resource: String, revision: Int64, text: UnversionedText? = nil,
        recent: RecentObjects? = nil
    ) {
        var value = value
        value.setMetadata("resourceVersion", .string(String(revision)))
        let bytes = text?.bytes(revision: revision) ?? value.serializedBytes()
        let parsed = recent.map { _ in Parsed(value) }
        self.init(value, bytes: bytes, resource: resource, revision: revision, recent: recent, parsed: parsed)
        if let parsed { recent?.hold(parsed, size: bytes.count) }
    }

    /// An object as the database holds it; of its text only the metadata is parsed yet.
    convenience init(
        bytes: [UInt8], resource: String, revision: Int64, recent: RecentObjects? = nil
    ) throws(JSONError) {
        guard JSONText.isWhole(bytes), let range = JSONText.range(of: ["metadata"], in: bytes) else {
            throw JSONError(message: "no whole object with metadata", offset: 0)
        }
        let value: JSONValue = ["metadata": try JSONReader.parse(bytes[range])]
        self.init(value, bytes: bytes, resource: resource, revision: revision, recent: recent)
    }

    /// The parsed object.
    var value: JSONValue { parsed().value }

    /// The parsed object, which is not parsed again while it is held.
    func parsed() -> Parsed {
        if let parsed = kept.withLock({ $0.parsed }) { return parsed }
        // The text was checked when it was written or loaded.
        let parsed = Parsed((try? JSONReader.parse(bytes)) ?? .null)
        kept.withLock { $0.parsed = parsed }
        recent?.hold(parsed, size: bytes.count)
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
}
