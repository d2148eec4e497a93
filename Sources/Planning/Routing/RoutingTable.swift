import KubeAPI
import NestAPI

/// Which function has which ready sandboxes: a value, so that whoever routes by it sees one consistent moment.
///
/// It is keyed by the bytes `NAMESPACE/NAME` as they stand in a request, so that a lookup makes no string. The entries
/// lie in shards that copies share: a change copies one shard, not the ten thousand functions beside it.
///
/// A function is a deployment; its endpoints may come in several slices, and it is known as long as one of them is.
public struct RoutingTable: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let name: [UInt8]
        var route: FunctionRoute
        /// The first is the one with the deployment's name; the others by name.
        var slices: [Slice]
    }

    /// What one SandboxEndpoints says.
    private struct Slice: Sendable, Equatable {
        let name: String
        let terms: RouteTerms
        let endpoints: [RouteEndpoint]
    }

    private static let shardCount = 256

    private var shards: [[Entry]]
    private var nextID = 1
    private var nextVersion = 1
    /// The functions of those slices that do not have their name.
    private var owners: [ObjectKey: ObjectKey] = [:]
    /// How many functions it knows.
    public private(set) var count = 0

    /// An empty table.
    public init() { shards = Array(repeating: [], count: Self.shardCount) }

    /// The table of these slices; of two with one key the later counts.
    public init(_ objects: some Sequence<SandboxEndpoints>) {
        self.init()
        for object in objects { set(object) }
    }

    /// Adds a slice, or replaces what was known of it.
    ///
    /// - Parameter object: endpoints of one function; those that are not ready, or on their way out, are left out.
    /// - Returns: false if nothing that matters to a request changed.
    @discardableResult
    public mutating func set(_ object: SandboxEndpoints) -> Bool {
        let (key, function) = (object.key, object.deploymentKey)
        var isChanged = false
        if let owner = owner(of: key), owner != function { isChanged = drop(key.name, of: owner) }
        if function != key { owners[key] = function }
        let ready = object.endpoints.filter { $0.conditions.ready && !$0.conditions.terminating }
        let slice = Slice(
            name: key.name, terms: RouteTerms(object),
            endpoints: ready.map { RouteEndpoint(sandbox: $0.sandbox, address: $0.address, port: $0.port) })
        return store(slice, of: function) || isChanged
    }

    /// Forgets a slice, and the function with its last one.
    ///
    /// - Parameter key: the slice's namespace and name.
    /// - Returns: false if nothing that matters to a request changed.
    @discardableResult
    public mutating func remove(_ key: ObjectKey) -> Bool {
        guard let owner = owner(of: key) else { return false }
        return drop(key.name, of: owner)
    }

    /// Whose slice it is known to be; nil for one that is not known.
    private func owner(of key: ObjectKey) -> ObjectKey? {
        if let owner = owners[key] { return owner }
        let place = Place(key)
        guard let index = index(of: place) else { return nil }
        return shards[place.shard][index].slices.contains { $0.name == key.name } ? key : nil
    }

    /// The route of the function whose `NAMESPACE/NAME` these bytes are; nil if there is none.
    public func route(_ name: Span<UInt8>) -> FunctionRoute? {
        let hash = Self.hash(name)
        for entry in shards[Self.shard(of: hash)] where entry.hash == hash && Self.equal(entry.name, name) {
            return entry.route
        }
        return nil
    }

    /// The route of a function; nil if there is none.
    public func route(_ key: ObjectKey) -> FunctionRoute? { route(Place(key).name.span) }

    private mutating func store(_ slice: Slice, of function: ObjectKey) -> Bool {
        let place = Place(function)
        guard let index = index(of: place) else {
            let route = FunctionRoute(
                id: nextID, version: nextVersion, key: function, terms: slice.terms, endpoints: slice.endpoints)
            nextID += 1
            nextVersion += 1
            count += 1
            shards[place.shard].append(Entry(hash: place.hash, name: place.name, route: route, slices: [slice]))
            return true
        }
        let old = shards[place.shard][index].slices
        guard !old.contains(slice) else { return false }
        let others = old.filter { $0.name != slice.name }
        let slices = (others + [slice]).sorted {
            ($0.name == function.name ? 0 : 1, $0.name) < ($1.name == function.name ? 0 : 1, $1.name)
        }
        return put(slices, at: index, in: place.shard)
    }

    private mutating func drop(_ slice: String, of function: ObjectKey) -> Bool {
        owners[ObjectKey(namespace: function.namespace, name: slice)] = nil
        let place = Place(function)
        guard let index = index(of: place) else { return false }
        let left = shards[place.shard][index].slices.filter { $0.name != slice }
        guard left.isEmpty else { return put(left, at: index, in: place.shard) }
        shards[place.shard].remove(at: index)
        count -= 1
        return true
    }

    /// - Returns: whether the route differs by that.
    private mutating func put(_ slices: [Slice], at index: Int, in shard: Int) -> Bool {
        let old = shards[shard][index].route
        let endpoints = Self.merged(slices)
        let terms = slices.first?.terms ?? old.terms
        shards[shard][index].slices = slices
        guard old.terms != terms || old.endpoints != endpoints else { return false }
        shards[shard][index].route = FunctionRoute(
            id: old.id, version: nextVersion, key: old.key, terms: terms, endpoints: endpoints)
        nextVersion += 1
        return true
    }

    /// A sandbox that moves between slices may be in both for a moment.
    private static func merged(_ slices: [Slice]) -> [RouteEndpoint] {
        guard slices.count > 1 else { return slices.first?.endpoints ?? [] }
        var seen = Set<RouteEndpoint>()
        return slices.flatMap(\.endpoints).filter { seen.insert($0).inserted }
    }

    private func index(of place: Place) -> Int? {
        shards[place.shard].firstIndex { $0.hash == place.hash && $0.name == place.name }
    }

    private struct Place {
        let name: [UInt8]
        let hash: UInt64
        var shard: Int { RoutingTable.shard(of: hash) }

        init(_ key: ObjectKey) {
            let name = Array("\(key.namespace)/\(key.name)".utf8)
            self.name = name
            hash = RoutingTable.hash(name.span)
        }
    }

    private static func shard(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (shardCount - 1) }

    /// FNV-1a: short names, no seed, the same in every process.
    private static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return hash
    }

    private static func equal(_ name: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        guard name.count == bytes.count else { return false }
        for index in name.indices where name[index] != bytes[index] { return false }
        return true
    }
}
