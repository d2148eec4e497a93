import Foundation
import KubeAPI
import Testing
import Yams

/// A CRD of the `crds` folder as JSON.
struct CRDFile {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../crds").standardized.path

    let json: JSONValue
    /// The schema of its only version.
    let schema: JSONValue

    init(_ plural: String) throws {
        let text = try String(contentsOfFile: "\(Self.directory)/nest.dev_\(plural).yaml", encoding: .utf8)
        let object = try #require(try Yams.load(yaml: text))
        json = try JSONValue(parsing: JSONSerialization.data(withJSONObject: object))
        let version = try #require(json[["spec", "versions"]]?.arrayValue?.first)
        schema = try #require(version[["schema", "openAPIV3Schema"]])
    }
}
