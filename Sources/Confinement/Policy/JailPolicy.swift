/// How one process is confined before it runs: what `nest-jail` is asked for.
public struct JailPolicy: Sendable, Equatable {
    /// Whose system calls are allowed.
    public enum Profile: String, Sendable, CaseIterable {
        case nodejs, jvm
    }

    /// A user and group that belong to one sandbox alone.
    public struct User: Sendable, Hashable {
        public var uid: UInt32
        public var gid: UInt32

        public init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }
    }

    /// Ceilings of the process (setrlimit(2)); nil leaves what is inherited.
    ///
    /// A ceiling is never raised: where the inherited hard limit is lower, that one stays. Core dumps are always off.
    public struct Limits: Sendable, Equatable {
        /// Bytes of private writable memory (RLIMIT_DATA); Node.js needs 128 MiB at least.
        public var data: UInt64?
        /// Open descriptors (RLIMIT_NOFILE).
        public var openFiles: UInt64?
        /// Threads and processes **of the user**, not of the process (RLIMIT_NPROC): only with a `user` of its own.
        public var processes: UInt64?
        /// Bytes in one file that it writes (RLIMIT_FSIZE).
        public var fileSize: UInt64?

        public init(
            data: UInt64? = nil, openFiles: UInt64? = 4096, processes: UInt64? = nil, fileSize: UInt64? = nil
        ) {
            self.data = data
            self.openFiles = openFiles
            self.processes = processes
            self.fileSize = fileSize
        }
    }

    public var profile: Profile
    /// Required when the jail runs as root, impossible otherwise.
    public var user: User?
    public var limits: Limits
    /// The working directory; nil: where the jail was started.
    public var directory: String?
    /// Descriptors that the program inherits besides 0, 1 and 2; all others are closed.
    public var keptDescriptors: [Int32]
    /// Whether the program is killed when the **thread** that started the jail ends (PR_SET_PDEATHSIG).
    public var diesWithParent: Bool

    public init(
        profile: Profile, user: User? = nil, limits: Limits = Limits(), directory: String? = nil,
        keptDescriptors: [Int32] = [], diesWithParent: Bool = false
    ) {
        self.profile = profile
        self.user = user
        self.limits = limits
        self.directory = directory
        self.keptDescriptors = keptDescriptors
        self.diesWithParent = diesWithParent
    }
}
