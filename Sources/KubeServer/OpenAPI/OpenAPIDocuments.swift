import Crypto
import KubeAPI
import Synchronization

/// The OpenAPI documents of one state of the registry; each is made when it is first asked for.
final class OpenAPIDocuments: Sendable {
    struct Document: Sendable {
        let bytes: [UInt8]
        let contentType: String
        /// Changes with the bytes; clients cache by it.
        let hash: String

        init(_ bytes: [UInt8], contentType: String = "application/json") {
            self.bytes = bytes
            self.contentType = contentType
            hash = SHA256.hash(data: bytes).map { byte in
                let text = String(byte, radix: 16, uppercase: true)
                return byte < 16 ? "0\(text)" : text
            }.joined()
        }
    }

    private static let protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    private let made = Mutex<[String: Document]>([:])

    private func document(_ name: String, _ make: () -> Document) -> Document {
        if let known = made.withLock({ $0[name] }) { return known }
        let document = make()
        made.withLock { $0[name] = document }
        return document
    }

    func v2(_ snapshot: ResourceRegistry.Snapshot) -> Document {
        document("v2") { Document(OpenAPIv2.document(snapshot.all).serializedBytes()) }
    }

    func v2Protobuf(_ snapshot: ResourceRegistry.Snapshot) -> Document {
        document("v2.protobuf") {
            Document(Gnostic.encode(OpenAPIv2.document(snapshot.all)), contentType: Self.protobuf)
        }
    }

    /// - Parameters:
    ///   - groupVersion: as in `apis/apps/v1` or `api/v1`.
    ///   - snapshot: what is served.
    /// - Returns: the document; nil when nothing is served there.
    func v3(_ groupVersion: String, _ snapshot: ResourceRegistry.Snapshot) -> Document? {
        guard let definitions = Self.groupVersions(snapshot)[groupVersion] else { return nil }
        return document(groupVersion) { Document(OpenAPIv3.document(definitions).serializedBytes()) }
    }

    /// `/openapi/v3`: where the documents are.
    func v3Index(_ snapshot: ResourceRegistry.Snapshot) -> Document {
        document("v3") {
            var paths: [String: JSONValue] = [:]
            for (name, _) in Self.groupVersions(snapshot) {
                guard let document = v3(name, snapshot) else { continue }
                paths[name] = ["serverRelativeURL": .string(Self.path(of: name, document))]
            }
            return Document(JSONValue.object(["paths": .object(paths)]).serializedBytes())
        }
    }

    static func path(of groupVersion: String, _ document: Document) -> String {
        "/openapi/v3/\(groupVersion)?hash=\(document.hash)"
    }

    private static func groupVersions(_ snapshot: ResourceRegistry.Snapshot) -> [String: [ResourceDefinition]] {
        Dictionary(grouping: snapshot.all) { definition in
            definition.type.group.isEmpty ? "api/v1" : "apis/\(definition.type.apiVersion)"
        }
    }
}
