import Foundation

/// The parts of `swift package describe --type json` that the map speaks of.
struct Manifest: Decodable {
    struct Target: Decodable {
        let name: String
        let type: String
        /// The rooms that it depends on; nil when there is none.
        let rooms: [String]?

        private enum CodingKeys: String, CodingKey {
            case name, type
            case rooms = "target_dependencies"
        }
    }

    let targets: [Target]

    static func load() throws -> Manifest {
        // A scratch folder of its own: the running `swift test` holds the lock of the usual one.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "nest-house-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let json = try Command.output(
            "swift", "package", "--package-path", House.root.path, "--scratch-path", scratch.path, "describe", "--type",
            "json")
        let start = json.firstIndex(of: "{") ?? json.startIndex
        return try JSONDecoder().decode(Manifest.self, from: Data(json[start...].utf8))
    }
}

/// The modules that a file imports.
enum Imports {
    static func modules(in text: String) -> Set<String> {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        var modules = Set<String>()
        for line in text.split(separator: "\n") {
            var words = line.split(separator: " ").drop {
                $0.hasPrefix("@") || ["public", "internal", "package", "private"].contains($0)
            }
            guard words.first == "import" else { continue }
            words = words.dropFirst().drop { kinds.contains($0) }
            guard let module = words.first?.split(separator: ".").first else { continue }
            modules.insert(String(module))
        }
        return modules
    }
}

enum Command {
    struct Failure: Error { let output: String }

    /// What a program of the PATH prints.
    static func output(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }
}
