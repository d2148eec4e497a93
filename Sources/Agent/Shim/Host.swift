import Confinement
import Glibc
import NIOCore

/// One runtime host process.
///
/// Belongs to the shim's event loop.
final class Host {
    enum State: Equatable {
        case booting
        /// Compiles a package, and ends then.
        case compiling
        /// Loads layers, before it is of use.
        case preloading
        case idle
        /// Loads, runs or stops that sandbox.
        case sandbox(uid: String)
        /// Holds many sandboxes, and takes more.
        case open
        /// Holds those that have not been moved to another yet, and takes no more.
        case retired
    }

    /// Messages in one second above which a host is not an honest one.
    private var messagesPerSecond: Int { isShared ? 5000 : 50 }

    let id: Int
    let runtime: String
    /// Whether it holds many sandboxes.
    let isShared: Bool
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
    let output: Output
    /// The sandboxes of a shared host that it may still know of.
    var sandboxes: Set<String> = []
    /// Lines that its channel has not taken yet.
    var outbox = Outbox()
    /// The next try to get them through.
    var flushing: Scheduled<Void>?
    /// The variables that modules which it preloaded have read.
    var reads: [String] = []
    /// How many scripts it has compiled.
    var compiledFiles = 0
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
        id: Int, runtime: String, isShared: Bool, process: ProcessIdentity, slot: Int, directory: String,
        channel: Int32, output: Output
    ) {
        self.id = id
        self.runtime = runtime
        self.isShared = isShared
        self.process = process
        self.slot = slot
        self.directory = directory
        self.channel = channel
        self.output = output
    }

    deinit { close(channel) }

    /// Tells it something, with duplicates of some descriptors.
    ///
    /// - Throws: `SystemError` when the order is too large, or the host does not read what it is told.
    func send(_ order: HostOrder, passing descriptors: [Int32] = []) throws {
        let line = try order.line(withDescriptor: !descriptors.isEmpty)
        guard line.count <= HostOrder.lineLimit else {
            throw SystemError("the environment is larger than \(HostOrder.lineLimit >> 10) KiB", code: E2BIG)
        }
        try outbox.send(line, passing: descriptors, over: channel)
    }

    /// Whether a sandbox of it might have something to finish.
    var isInUse: Bool {
        switch state {
        case .booting, .preloading, .compiling, .idle: false
        case .sandbox: true
        case .open, .retired: !sandboxes.isEmpty
        }
    }

    /// The sandboxes that it has, or may have.
    var uids: [String] {
        if case .sandbox(let uid) = state { return [uid] }
        return Array(sandboxes)
    }

    /// Ends it and everything in its process group at once.
    func kill() { Glibc.kill(-pid, SIGKILL) }

    /// Whether it may say one more thing in this second.
    func admitsMessage(at now: NIODeadline) -> Bool {
        let current = now.uptimeNanoseconds / 1_000_000_000
        if current != second { (second, messages) = (current, 0) }
        messages += 1
        return messages <= messagesPerSecond
    }

    /// Bounds its private memory (RLIMIT_DATA).
    func limitMemory(_ bytes: UInt64, user: JailPolicy.User?) throws(SystemError) {
        try LinuxCalls.limitData(of: pid, user: user.map { ($0.uid, $0.gid) }, to: bytes)
    }
}
