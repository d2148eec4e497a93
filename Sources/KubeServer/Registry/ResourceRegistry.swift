import KubeAPI
import Synchronization

/// The resources that are served now: the built-in ones, and those of the stored CustomResourceDefinitions.
final class ResourceRegistry: Sendable {
    private let current: Mutex<Snapshot>

    init() { current = Mutex(Snapshot(builtIn: BuiltIns.definitions)) }

    /// An immutable view; one request uses one.
    var snapshot: Snapshot { current.withLock { $0 } }

    /// Serves the definitions of one CustomResourceDefinition in place of those that it had.
    func replace(crd name: String, with definitions: [ResourceDefinition]) {
        current.withLock { $0.custom[name] = definitions.isEmpty ? nil : definitions }
    }

    func serves(crd name: String) -> Bool { current.withLock { $0.custom[name] != nil } }

    struct Snapshot: Sendable {
        fileprivate let builtIn: [ResourceDefinition]
        /// By the name of their CustomResourceDefinition.
        fileprivate var custom: [String: [ResourceDefinition]] = [:] {
            didSet { index() }
        }
        private var byPath: [String: ResourceDefinition] = [:]
        private var byKind: [String: ResourceDefinition] = [:]
        /// Every definition, in the order of group, version and plural.
        private(set) var all: [ResourceDefinition] = []
        /// The definition that each stored resource is stored by, whether it is served or not; by its storage key.
        private(set) var byStorage: [String: ResourceDefinition] = [:]
        /// The OpenAPI documents of all this.
        private(set) var documents = OpenAPIDocuments()

        fileprivate init(builtIn: [ResourceDefinition]) {
            self.builtIn = builtIn
            index()
        }

        private mutating func index() {
            all = (builtIn + custom.values.joined()).filter(\.isServed).sorted {
                ($0.type.group, $0.type.version, $0.type.plural) < ($1.type.group, $1.type.version, $1.type.plural)
            }
            byPath = Dictionary(
                all.map { ("\($0.type.apiVersion)/\($0.type.plural)", $0) }, uniquingKeysWith: { first, _ in first })
            byKind = Dictionary(
                all.map { ("\($0.type.apiVersion)/\($0.type.kind)", $0) }, uniquingKeysWith: { first, _ in first })
            byStorage = Dictionary(
                (builtIn + custom.values.joined()).filter(\.isStorageVersion).map { ($0.storageKey, $0) },
                uniquingKeysWith: { first, _ in first })
            documents = OpenAPIDocuments()
        }

        func definition(group: String, version: String, plural: String) -> ResourceDefinition? {
            byPath["\(group.isEmpty ? version : "\(group)/\(version)")/\(plural)"]
        }

        func definition(apiVersion: String, kind: String) -> ResourceDefinition? { byKind["\(apiVersion)/\(kind)"] }

        /// The groups with their versions, without the core group; the preferred version first.
        var groups: [(name: String, versions: [String])] {
            var versions: [String: [String]] = [:]
            for definition in all where !definition.type.group.isEmpty {
                let group = definition.type.group
                if versions[group]?.contains(definition.type.version) != true {
                    versions[group, default: []].append(definition.type.version)
                }
            }
            return versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted(by: KubeVersion.isPreferred)) }
        }

        func definitions(group: String, version: String) -> [ResourceDefinition] {
            all.filter { $0.type.group == group && $0.type.version == version }
        }
    }
}

/// The order of API versions: `v2` before `v1`, stable before beta before alpha (apimachinery `version.CompareKubeAwareVersionStrings`).
enum KubeVersion {
    static func isPreferred(_ left: String, _ right: String) -> Bool {
        guard let first = rank(left) else { return rank(right) == nil && left < right }
        guard let second = rank(right) else { return true }
        return second.lexicographicallyPrecedes(first)
    }

    /// Stability, major and minor; nil when the text is no Kubernetes version.
    private static func rank(_ text: String) -> [Int]? {
        guard let match = text.wholeMatch(of: /v([0-9]+)(?:(alpha|beta)([0-9]+))?/), let major = Int(match.1) else {
            return nil
        }
        let stability = match.2 == "alpha" ? 0 : match.2 == "beta" ? 1 : 2
        return [stability, major, match.3.flatMap { Int($0) } ?? 0]
    }
}
