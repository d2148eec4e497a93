import KubeAPI

/// What is asked of a pod's log.
public struct PodLogQuery: Sendable, Equatable {
    public var pod: ObjectKey
    public var uid: String
    public var container: String
    /// The last lines only; nil: all.
    public var tailLines: Int?
    /// The first bytes only; nil: all.
    public var limitBytes: Int?
    /// Only what was written then or later; nil: all.
    public var since: Timestamp?
    /// Goes on with what is written next.
    public var follows = false
    /// A time before each line.
    public var showsTimes = false
    /// Of the container's previous run.
    public var isPrevious = false

    public init(pod: ObjectKey, uid: String, container: String) {
        self.pod = pod
        self.uid = uid
        self.container = container
    }
}

/// Sends a log piece by piece, each once the one before has been taken.
///
/// Ends when `isWanted` becomes false, at the end of the log, or, if it is followed, of the pod.
public typealias PodLogReader =
    @Sendable (
        _ isWanted: @escaping @Sendable () -> Bool, _ send: (_ bytes: [UInt8]) async throws -> Void
    ) async throws -> Void

/// Opens the log of a pod.
///
/// Throws the error that the client is to see.
public typealias PodLogs = @Sendable (_ query: PodLogQuery) throws(Status) -> PodLogReader

/// Where the server listens and keeps its data, and its limits.
public struct KubeServerConfiguration: Sendable {
    /// Holds the database; made when it is not there.
    public var dataDirectory: String
    public var host: String
    /// 0: any free port.
    public var port: Int
    /// nil: `kubectl logs` answers 501.
    public var podLogs: PodLogs?
    /// Connections above this wait to be accepted.
    public var maxConnections = 4096
    /// What all watches together may have sent without its having been read; then the slowest are closed.
    public var watchBytes = 64 << 20
    /// How long a watch that is closed for being slow may take to say so.
    public var watchGrace: Duration = .seconds(5)
    /// How many changes of each resource can be replayed to watches that come back; a watch that lags behind by more
    /// is closed.
    public var historyLength = 8192
    /// How much JSON text the changes of each resource may keep in memory for that.
    public var historyBytes = 16 << 20
    /// The same for all resources together.
    public var totalHistoryBytes = 64 << 20
    /// How long a read waits for a resourceVersion that is yet to come.
    public var freshnessPatience: Duration = .seconds(3)
    /// How often a watch that wants bookmarks gets one.
    public var bookmarkInterval: Duration = .seconds(30)

    var storeLimits: ObjectStore.Limits {
        var limits = ObjectStore.Limits()
        limits.history = .init(changes: historyLength, bytes: historyBytes)
        limits.total = .init(changes: 8 * historyLength, bytes: totalHistoryBytes)
        limits.watchGrace = watchGrace
        limits.watchBytes = watchBytes
        return limits
    }

    public init(dataDirectory: String, host: String = "127.0.0.1", port: Int = 0, podLogs: PodLogs? = nil) {
        self.dataDirectory = dataDirectory
        self.host = host
        self.port = port
        self.podLogs = podLogs
    }
}
