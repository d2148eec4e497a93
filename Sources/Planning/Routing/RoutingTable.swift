import KubeAPI
import NestAPI

/// Which function has which ready sandboxes: a value, so that whoever routes by it sees one consistent moment.
///
/// It is keyed by the bytes `NAMESPACE/NAME` as they stand in a request, so that a lookup makes no string. The entries
/// lie in shards that copies share: a change copies one shard, not the ten thousand functions beside it.
public struct RoutingTable: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let name: [UInt8]
        let route: FunctionRoute
    }

    private static let shardCount = 256

    private var shards: [[Entry]]
    private var nextID = 1
    private var nextVersion = 1
    /// How many functions it knows.
    public private(set) var count = 0

    /// An empty table.
    public init() { shards = Array(repeating: [], count: Self.shardCount) }

    /// The table of these objects; of two with one key the later counts.
    public init(_ objects: some Sequence<SandboxEndpoints>) {
        self.init()
        for object in objects { set(object) }
    }

    /// Adds a function, or replaces what was known of it.
    ///
    /// - Parameter object: the function's endpoints; those that are not ready, or on their way out, are left out.
    /// - Returns: false if nothing that matters to a request changed.
    @discardableResult
    public mutating func set(_ object: SandboxEndpoints) -> Bool {
        let place = Place(object.key)
        let old = index(of: place).map { shards[place.shard][$0].route }
        let ready = object.endpoints.filter { $0.conditions.ready && !$0.conditions.terminating }
        let endpoints = ready.map { RouteEndpoint(sandbox: $0.sandbox, address: $0.address, port: $0.port) }
        if let old, old.timeoutSeconds == object.timeoutSeconds, old.endpoints == endpoints { return false }
        let route = FunctionRoute(
            id: old?.id ?? nextID, version: nextVersion, key: object.key, timeoutSeconds: object.timeoutSeconds,
            endpoints: endpoints)
        nextVersion += 1
        if old == nil { nextID += 1 }
        store(route, at: place)
        return true
    }

    /// Forgets a function.
    ///
    /// - Parameter key: the function's namespace and name.
    /// - Returns: false if the table did not know it.
    @discardableResult
    public mutating func remove(_ key: ObjectKey) -> Bool {
        let place = Place(key)
        guard let index = index(of: place) else { return false }
        shards[place.shard].remove(at: index)
        count -= 1
        return true
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

    private mutating func store(_ route: FunctionRoute, at place: Place) {
        let entry = Entry(hash: place.hash, name: place.name, route: route)
        if let index = index(of: place) {
            shards[place.shard][index] = entry
        } else {
            shards[place.shard].append(entry)
            count += 1
        }
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
