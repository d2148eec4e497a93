import Confinement
import FoundationEssentials
import NestAPI

/// How the hosts of a runtime are started: `runtimes/NAME/runtime.json`, which makes another language a folder.
struct RuntimeManifest: Decodable, Sendable, Equatable {
    enum Sandboxes: String, Decodable {
        /// A host becomes one sandbox.
        case one
        /// A host holds many.
        case many
    }

    /// A path, or a name that is looked up in the PATH.
    var program: String
    /// The program's options; the pool's come after them, and so win where they differ.
    var options: [String] = []
    /// What follows all options: usually what the program is to run.
    var arguments: [String] = []
    var sandboxes = Sandboxes.one
    /// Whether its hosts know the message `preload`.
    var preloads = false
    /// Whether its hosts know the message `compile`.
    var compiles = false
    /// Whose system calls the host needs.
    var profile = JailPolicy.Profile.nodejs
    /// Besides what every host has.
    var environment: [String: String] = [:]

    private enum CodingKeys: String, CodingKey {
        case program, options, arguments, sandboxes, preloads, compiles, profile, environment
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        program = try container.decode(String.self, forKey: .program)
        options = try container.decodeIfPresent([String].self, forKey: .options) ?? []
        arguments = try container.decodeIfPresent([String].self, forKey: .arguments) ?? []
        sandboxes = try container.decodeIfPresent(Sandboxes.self, forKey: .sandboxes) ?? .one
        preloads = try container.decodeIfPresent(Bool.self, forKey: .preloads) ?? false
        compiles = try container.decodeIfPresent(Bool.self, forKey: .compiles) ?? false
        let name = try container.decodeIfPresent(String.self, forKey: .profile) ?? "nodejs"
        guard let known = JailPolicy.Profile(rawValue: name) else {
            throw SystemError("profile '\(name)' is none of nodejs and jvm", code: 22)
        }
        profile = known
        environment = try container.decodeIfPresent([String: String].self, forKey: .environment) ?? [:]
    }

    /// Reads the manifest of a runtime.
    ///
    /// - Parameters:
    ///   - name: the runtime's, which is a folder below `directory`.
    ///   - directory: of all runtimes.
    /// - Returns: the manifest, with the runtime's directory in its place.
    /// - Throws: `SystemError` that says what is not there or not well-formed.
    static func read(_ name: String, in directory: String) throws(SystemError) -> RuntimeManifest {
        let folder = "\(directory)/\(name)"
        let path = folder + "/runtime.json"
        guard !name.contains("/"), !name.hasPrefix("."), let data = FileManager.default.contents(atPath: path) else {
            throw SystemError("the pool's runtime '\(name)' is not installed: \(path) cannot be read", code: 2)
        }
        do {
            var manifest = try JSONDecoder().decode(RuntimeManifest.self, from: data)
            manifest.resolve(folder)
            return manifest
        } catch {
            throw SystemError("the runtime '\(name)' cannot be started: \(path) is wrong: \(error)", code: 22)
        }
    }

    /// Puts the runtime's directory where `${runtime}` stands.
    private mutating func resolve(_ folder: String) {
        func resolved(_ text: String) -> String { text.replacing("${runtime}", with: folder) }
        program = resolved(program)
        options = options.map(resolved)
        arguments = arguments.map(resolved)
        environment = environment.mapValues(resolved)
    }

    /// What follows the program's name, with what the pool adds.
    func commandLine(_ runtime: ResourcePoolSpec.Runtime) -> [String] { options + runtime.args + arguments }
}
