import Confinement
import FoundationEssentials
import Glibc
import NIOPosix
import NestAPI

@testable import Agent

/// A shim as a machine runs it, in a process, a directory and at an address of its own, and a sidecar's end of its socket.
final class ShimProcess: Sendable {
    let directory: String
    let address: String
    let pid: pid_t
    let client: ShimClient
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let reservation: AddressReservation

    init(prewarmed: Int, ports: Range<Int>) async throws {
        var template = Array("/tmp/nest-pod-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(directory, 0o711)
        // As the machine agent makes it for a pod.
        mkdir(directory + "/logs", 0o700)
        reservation = try AddressReservation.take(for: directory)
        address = reservation.address
        let configuration = ShimConfiguration(
            directory: directory, address: address, ports: ports,
            runtimes: [.init(name: "nodejs", prewarmed: prewarmed)], jail: Self.program("nest-jail"),
            runtimesDirectory: TestPod.root + "/runtimes")
        try JSONEncoder().encode(configuration).write(to: URL(filePath: directory + "/shim.json"))
        let null = try SystemError.check("open /dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) }
        defer { close(null) }
        pid = try ProcessSpec(
            arguments: [Self.program("nest-agent"), "shim", "--config", directory + "/shim.json"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: directory,
            descriptors: [null, null, null]
        ).spawn()
        do {
            client = try await Self.connect(directory + "/control/shim.sock", group)
        } catch {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw error
        }
    }

    /// It starts elsewhere, so relative paths will not do.
    private static func program(_ name: String) -> String {
        let path = TestPod.program(name)
        return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// Its socket is there when it has started.
    private static func connect(_ path: String, _ group: MultiThreadedEventLoopGroup) async throws -> ShimClient {
        for _ in 0..<500 {
            if let client = try? await ShimClient.connect(path: path, group: group, onEvent: { _ in }) { return client }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw SystemError("no shim at \(path)", code: ETIMEDOUT)
    }

    /// A package of one file, for as many sandboxes as there will be.
    func package(_ name: String, code: String) throws -> String {
        let path = "\(directory)/package-\(name)"
        mkdir(path, 0o755)
        try Data(code.utf8).write(to: URL(filePath: path + "/index.js"))
        return path
    }

    func plug(_ uid: String, package: String) async throws -> SandboxReport? {
        let order = PlugOrder(
            uid: uid, name: "default/\(uid)", runtime: "nodejs", signature: "http", handler: "index.handler",
            directory: package)
        guard case .plugged(_, let report) = try await client.plug(order) else { return nil }
        return report
    }

    func stop() async throws {
        client.close()
        kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        try await group.shutdownGracefully()
        try FileManager.default.removeItem(atPath: directory)
        reservation.release()
    }
}

/// What a shim and its sandboxes hold of the machine.
struct Holdings: Equatable, CustomStringConvertible {
    /// The shim's children and what they started, by their parents.
    var processes = 0
    /// Users of the pod that have a process.
    var users = 0
    /// The shim's descriptors.
    var descriptors = 0
    var threads = 0
    /// Files and directories below the pod's directory.
    var files = 0
    /// Listening sockets at the pod's address.
    var listeners = 0

    init(of shim: ShimProcess) {
        let range = UserRange(podAddress: shim.address)
        var users: Set<UInt32> = []
        for entry in Self.names("/proc") {
            guard let pid = Int32(entry) else { continue }
            var status = stat()
            if stat("/proc/\(pid)", &status) == 0, range?.contains(status.st_uid) == true {
                users.insert(status.st_uid)
            }
            if Self.isBelow(shim.pid, pid) { processes += 1 }
        }
        self.users = users.count
        descriptors = Self.names("/proc/\(shim.pid)/fd").count
        threads = Self.names("/proc/\(shim.pid)/task").count
        // The logs of those that are gone stay for a while, within a bound of their own.
        let paths = FileManager.default.subpaths(atPath: shim.directory) ?? []
        files = paths.count { !$0.hasPrefix("logs/") || $0.hasPrefix("logs/host-") }
        listeners = Self.listeners(at: shim.address)
    }

    var description: String {
        "\(processes) processes, \(users) users, \(descriptors) descriptors, \(threads) threads, \(files) files, "
            + "\(listeners) listeners"
    }

    private static func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    private static func isBelow(_ ancestor: pid_t, _ pid: pid_t) -> Bool {
        var pid = pid
        while pid > 1, let parent = parent(of: pid) {
            if parent == ancestor { return true }
            pid = parent
        }
        return false
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ").dropFirst().first.flatMap { pid_t($0) }
    }

    private static func listeners(at address: String) -> Int {
        var name = in_addr()
        inet_pton(AF_INET, address, &name)
        let hex = String(name.s_addr, radix: 16, uppercase: true)
        let prefix = String(repeating: "0", count: 8 - hex.count) + hex + ":"
        return (text("/proc/net/tcp") ?? "").split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[3] == "0A" && fields[1].hasPrefix(prefix)
        }
    }

    /// The proportional set size of a process in KiB, and how much of it belongs to no file.
    static func memory(of pid: pid_t) -> (total: Int, anonymous: Int) {
        let lines = (text("/proc/\(pid)/smaps_rollup") ?? "").split(separator: "\n")
        func value(_ name: String) -> Int {
            lines.first { $0.hasPrefix(name) }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        }
        return (value("Pss:"), value("Pss_Anon:"))
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
    }
}
