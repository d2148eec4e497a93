import Confinement
import Glibc
import NIOCore

/// One runtime host process.
///
/// Belongs to the shim's event loop.
final class Host {
    enum State: Equatable {
        case booting
        case idle
        /// Loads, runs or stops that sandbox.
        case sandbox(uid: String)
    }

    /// Messages in one second above which a host is not an honest one.
    private static let messagesPerSecond = 50

    let id: Int
    let runtime: String
    let process: ProcessIdentity
    var pid: pid_t { process.pid }
    /// Its number in the pod's range of users.
    let slot: Int
    /// Its work directory, removed with it.
    let directory: String
    /// Our end of the channel, for writing; SwiftNIO reads from a duplicate.
    let channel: Int32
    var state = State.booting
    var deadline: Scheduled<Void>?
    /// The next `ping`, or the end of the wait for the answer to the last.
    var pulse: Scheduled<Void>?
    /// The number of the last `ping`.
    var nonce = 0
    /// The last `ping` has no answer yet.
    var isAsked = false
    /// When it last answered one, by the shim's clock.
    var answeredAt = -Double.infinity
    /// What it says of its requests.
    var counts = RequestCounts()
    var log: BoundedLog
    /// What it prints on its way to the log.
    var intake = LogIntake()
    /// It is to be looked after whether there is room in its log again.
    var isSettling = false
    /// What it said before it crashed.
    var crash: String?
    /// The limit of its sandbox, in bytes; nil: it has none.
    var memoryLimit: UInt64?
    /// Its channel and its output; both end with it.
    var openStreams = 2
    /// Nil while the process lives.
    var exit: ExitStatus?
    var isFinished = false
    private var second: UInt64 = 0
    private var messages = 0

    init(
        id: Int, runtime: String, process: ProcessIdentity, slot: Int, directory: String, channel: Int32,
        log: consuming BoundedLog
    ) {
        self.id = id
        self.runtime = runtime
        self.process = process
        self.slot = slot
        self.directory = directory
        self.channel = channel
        self.log = log
    }

    deinit { close(channel) }

    func send(_ order: HostOrder, passing descriptor: Int32? = nil) throws {
        let line = try order.line(withDescriptor: descriptor != nil)
        guard line.count <= HostOrder.lineLimit else {
            throw SystemError("the environment is larger than \(HostOrder.lineLimit >> 10) KiB", code: E2BIG)
        }
        try Sockets.send(line, passing: descriptor, over: channel)
    }

    /// Ends it and everything in its process group at once.
    func kill() { Glibc.kill(-pid, SIGKILL) }

    /// Whether it may say one more thing in this second.
    func admitsMessage(at now: NIODeadline) -> Bool {
        let current = now.uptimeNanoseconds / 1_000_000_000
        if current != second { (second, messages) = (current, 0) }
        messages += 1
        return messages <= Self.messagesPerSecond
    }

    /// Bounds its private memory (RLIMIT_DATA).
    func limitMemory(_ bytes: UInt64, user: JailPolicy.User?) throws(SystemError) {
        try LinuxCalls.limitData(of: pid, user: user.map { ($0.uid, $0.gid) }, to: bytes)
    }
}
