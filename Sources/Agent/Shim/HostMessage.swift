import FoundationEssentials
import KubeAPI

/// What a runtime host says.
///
/// Tenant code can forge every word of it, so it is parsed with suspicion and believed only
/// about the host's own sandbox.
enum HostMessage: Equatable {
    case booted(version: String)
    /// It has loaded layers, before any sandbox comes.
    case preloaded(Preloaded)
    /// It has written what it has compiled of so many scripts.
    case compiled(files: Int)
    /// The id says which of several sandboxes.
    case loaded(id: String = "")
    case failed(id: String = "", reason: String, message: String)
    case crashed(String)
    /// Its event loop turns: the answer to the `ping` of that number.
    case pong(nonce: Int, RequestCounts = RequestCounts(), idleSeconds: Double? = nil)
    /// Of a shared host: it has let a sandbox go by itself.
    case ended(id: String, reason: String, message: String)
    /// Of a shared host: nothing of the sandbox runs any more.
    case unloaded(id: String)
    /// Of a shared host: so it is, to be loaded again when it is called.
    case parked(id: String)
    /// Of a shared host: the sandbox is not idle.
    case busy(id: String)
    /// Of a shared host: the memory of a sandbox that is gone was given back, or why not.
    case collected(id: String)
    case leaked(id: String, message: String)
    /// Of a shared host: it wants to be replaced.
    case tainted(reason: String, message: String)
    /// Of a shared host: what some of its sandboxes have used.
    case stats([Share])
    /// Well-formed, but of no interest: an acknowledgement of Node's, something newer.
    case other

    /// The longest line.
    static let lineLimit = 64 << 10
    private static let textLimit = 4096
    private static let reasons: Set<String> = [
        "ModuleNotFound", "HandlerNotFound", "HandlerNotAFunction", "SyntaxError", "LoadError", "ExitedWhileLoading",
        "NeverLoaded", "StartupTimeout", "NotListening", "WrongPort", "WrongProtocol", "UnsupportedSignature",
        "UnsupportedClassVersion", "DoesNotFit", hostTainted,
    ]
    /// Of a load that came to a shared host when it took no more.
    static let hostTainted = "HostTainted"
    private static let endings: Set<String> = [
        "CPULimitExceeded", "MemoryLimitExceeded", "ThreadLimitExceeded",
    ]

    /// What one sandbox of a shared host has used, as the host says.
    struct Share: Decodable, Equatable {
        var id: String
        var counts: RequestCounts
        var connections: Int64
        /// Since its last request or connection ended.
        var idleSeconds: Double
        var cpuSeconds: Double
        var threads: Int64

        private enum CodingKeys: String, CodingKey {
            case id, requests, errors, active, connections, idleSeconds, cpuSeconds, threads
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            func count(_ key: CodingKeys) throws -> Int64 {
                try container.decodeIfPresent(ClaimedCount.self, forKey: key)?.value ?? 0
            }
            func seconds(_ key: CodingKeys) throws -> Double {
                min(max(0, try container.decodeIfPresent(Double.self, forKey: key) ?? 0), 1e9)
            }
            id = try container.decode(String.self, forKey: .id)
            counts = RequestCounts(
                requests: try count(.requests), errors: try count(.errors), active: try count(.active))
            connections = try count(.connections)
            idleSeconds = try seconds(.idleSeconds)
            cpuSeconds = try seconds(.cpuSeconds)
            threads = try count(.threads)
        }
    }

    /// What came of loading layers.
    ///
    /// Nothing of a tenant's has run by then.
    struct Preloaded: Equatable {
        struct Skipped: Codable, Equatable {
            var module: String
            var message: String
        }

        static let skippedLimit = 20
        static let readsLimit = 500
        var modules = 0
        /// What did not load.
        var skipped: [Skipped] = []
        /// The variables that were read.
        var reads: [String] = []
    }

    private struct Wire: Decodable {
        var type: String?
        var id: String?
        var version: String?
        var reason: String?
        var message: String?
        var stack: String?
        var requestId: String?
        var nonce: Int?
        var requests: ClaimedCount?
        var errors: ClaimedCount?
        var active: ClaimedCount?
        var sandboxes: [Share]?
        var connections: ClaimedCount?
        var idleSeconds: Double?
        var modules: ClaimedCount?
        var files: ClaimedCount?
        var skipped: [Preloaded.Skipped]?
        var env: [String]?

        var preloaded: Preloaded {
            let skipped = (skipped ?? []).prefix(Preloaded.skippedLimit).map {
                Preloaded.Skipped(module: HostMessage.cut($0.module), message: HostMessage.cut($0.message))
            }
            return Preloaded(
                modules: Int(modules?.value ?? 0), skipped: skipped,
                reads: Array((env ?? []).prefix(Preloaded.readsLimit)))
        }

        /// Nil while anybody is connected, or when it does not say.
        var idle: Double? { connections?.value == 0 && counts.active == 0 ? idleSeconds : nil }

        var counts: RequestCounts {
            RequestCounts(requests: requests?.value ?? 0, errors: errors?.value ?? 0, active: active?.value ?? 0)
        }
    }

    /// Nil when the line is not what any honest host sends.
    init?(line: some Sequence<UInt8>) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(line)) else { return nil }
        let text = Self.cut(wire.message ?? "")
        let id = wire.id ?? ""
        switch wire.type {
        case "booted":
            guard let version = wire.version, version.count <= 64, version.allSatisfy(\.isPrintable) else { return nil }
            self = .booted(version: version)
        case "preloaded": self = .preloaded(wire.preloaded)
        case "compiled": self = .compiled(files: Int(wire.files?.value ?? 0))
        case "loaded": self = .loaded(id: id)
        case "failed":
            let reason = wire.reason.flatMap { Self.reasons.contains($0) ? $0 : nil } ?? "LoadError"
            self = .failed(id: id, reason: reason, message: Self.joined(text, wire.stack ?? ""))
        case "ended":
            let reason = wire.reason.flatMap { Self.endings.contains($0) ? $0 : nil } ?? "Exited"
            self = .ended(id: id, reason: reason, message: Self.joined(text, wire.stack ?? ""))
        case "unloaded": self = .unloaded(id: id)
        case "parked": self = .parked(id: id)
        case "busy": self = .busy(id: id)
        case "collected": self = .collected(id: id)
        case "leaked": self = .leaked(id: id, message: text)
        case "tainted": self = .tainted(reason: String((wire.reason ?? "").prefix(64)), message: text)
        case "stats": self = .stats(wire.sandboxes ?? [])
        case "crashed":
            let request = wire.requestId.map { "\nin request \($0.prefix(128))" } ?? ""
            self = .crashed(
                Self.cut(String(Self.joined(text, wire.stack ?? "").prefix(Self.textLimit - 200)) + request))
        case "pong": self = wire.nonce.map { .pong(nonce: $0, wire.counts, idleSeconds: wire.idle) } ?? .other
        default: self = .other
        }
    }

    /// The message, and the stack where that says more.
    private static func joined(_ message: String, _ stack: String) -> String {
        if stack.isEmpty || message.contains("\n") { return message }
        return cut(stack.contains(message) ? stack : message + "\n" + stack)
    }

    /// At most 4 KiB, and no control characters that could upset a terminal.
    static func cut(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(textLimit) {
            let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || scalar.value == 0x7f
            out.append(isControl ? "\u{fffd}" : scalar)
        }
        while out.reduce(0, { $0 + UTF8.width($1) }) > textLimit { out.removeLast(64) }
        return String(out)
    }
}

extension Character {
    fileprivate var isPrintable: Bool { isASCII && !isWhitespace && !isNewline && (asciiValue ?? 0) > 0x20 }
}

/// What a runtime host is told.
///
/// `cmd` keeps it out of sight of Node's own 'message' event.
struct HostOrder: Encodable {
    var cmd = "NODE_NEST"
    var type: String
    var id: String?
    var directory: String?
    var layers: [String]?
    var target: String?
    var compiled: [String: String]?
    var handler: String?
    var signature: String?
    var timeoutSeconds: Int?
    var concurrency: Int?
    var startSeconds: Double?
    var function: FunctionIdentity?
    var env: [String: String]?
    var graceSeconds: Int?
    var nonce: Int?
    var limits: Limits?
    /// Connections are to end with their answer: one that nobody uses would keep the process, and memory is short.
    var endsConnections: Bool?

    /// What a sandbox may use, of a host that holds others, too.
    struct Limits: Encodable {
        /// Thousandths of a processor.
        var cpuMillis: Int64?
        var memoryBytes: UInt64?
    }

    init(type: String) { self.type = type }

    /// The line; with a descriptor to pass it is wrapped as Node's own IPC wants it.
    func line(withDescriptor: Bool) throws -> [UInt8] {
        struct Wrapped: Encodable {
            var cmd = "NODE_HANDLE"
            var type = "net.Native"
            var msg: HostOrder
        }
        let encoder = JSONEncoder()
        let data = withDescriptor ? try encoder.encode(Wrapped(msg: self)) : try encoder.encode(self)
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// The longest line that one write to an idle host takes whole.
    static let lineLimit = 128 << 10
}
