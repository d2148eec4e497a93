import Foundation
import KubeAPI
import Yams

/// The CustomResourceDefinitions of a folder of YAML files.
enum CRDFolder {
    /// All of them, in the order of their files' names.
    /// - Throws: `Failure` that names the file that cannot be read.
    static func load(_ folder: String) throws -> [JSONValue] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
            .sorted()
        return try files.flatMap { try documents("\(folder)/\($0)") }
    }

    private static func documents(_ path: String) throws -> [JSONValue] {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try Yams.load_all(yaml: text).map {
                try JSONValue(parsing: JSONSerialization.data(withJSONObject: $0))
            }
        } catch {
            throw Failure("\(path) is not a readable YAML file: \(error)")
        }
    }
}
