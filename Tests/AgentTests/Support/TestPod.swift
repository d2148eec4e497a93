import FoundationEssentials
import Glibc
import Logging
import NIOPosix
import Planning

@testable import Agent

/// A shim in this process, with real hosts under the real jail, in a directory and at an address of its own.
final class TestPod: Sendable {
    let shim: Shim
    let directory: String
    let address: String
    let group: MultiThreadedEventLoopGroup
    private let reservation: AddressReservation

    static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
    /// Where the test runner is, the programs are too.
    static let programs = String(CommandLine.arguments[0].reversed().drop { $0 != "/" }.dropFirst().reversed())

    static func program(_ name: String) -> String {
        let beside = programs + "/" + name
        return access(beside, X_OK) == 0 ? beside : root + "/.build/debug/" + name
    }

    init(
        prewarmed: Int = 2, node: String = "node", runtimes: String? = nil, maxSandboxes: Int = 200,
        ports: Range<Int> = 20001..<32768, memoryBytes: UInt64? = nil, standardOutput: StandardLog? = nil,
        isShared: Bool = false, startsAtOnce: Int? = nil, memory: (@Sendable () -> PressureSignals.Amount?)? = nil
    ) async throws {
        var template = Array("/tmp/nest-pod-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(directory, 0o711)
        reservation = try AddressReservation.take(for: directory)
        address = reservation.address
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = ShimConfiguration(
            directory: directory, address: address, ports: ports,
            runtimes: [.init(name: isShared ? SharedRuntime.name : "nodejs", prewarmed: prewarmed)],
            jail: Self.program("nest-jail"), programs: ["node": node],

            runtimesDirectory: isShared
                ? try SharedRuntime.install(in: directory) : runtimes ?? Self.root + "/runtimes",
            maxSandboxes: maxSandboxes, memoryBytes: memoryBytes, pingSeconds: 0.2)
        shim = try Shim(
            configuration: configuration, loop: group.next(),
            logger: Logger(label: "shim") { _ in
                SwiftLogNoOpLogHandler()
            }, standardOutput: standardOutput, memory: memory, startsAtOnce: startsAtOnce)
        try await shim.start()
    }

    /// Writes a package and returns an order to run it.
    func order(_ uid: String, files: [String: String], handler: String = "index.handler") throws -> PlugOrder {
        let package = "\(directory)/package-\(uid)"
        mkdir(package, 0o755)
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(filePath: "\(package)/\(name)"))
        }
        return PlugOrder(
            uid: uid, name: "default/\(uid)", runtime: "nodejs", signature: "http", handler: handler,
            directory: package, environment: ["GREETING": "hello"])
    }

    /// Returns once the shim's lists satisfy `condition`, which is looked at after every change.
    func wait(until condition: @escaping @Sendable ([SandboxReport], [RuntimeReport]) -> Bool) async {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let listener = await shim.addListener { _ in continuation.yield() }
        continuation.yield()
        for await _ in stream {
            let (sandboxes, runtimes) = await shim.list()
            if condition(sandboxes, runtimes) { break }
        }
        await shim.removeListener(listener)
    }

    /// Stops everything and returns what is left below the pod's directory.
    func stop() async throws -> [String] {
        await shim.stop()
        let left = try FileManager.default.contentsOfDirectory(atPath: directory + "/sandboxes")
        try await group.shutdownGracefully()
        try FileManager.default.removeItem(atPath: directory)
        reservation.release()
        return left
    }
}

/// What the processes of this test have open and running.
enum Census {
    static func children() -> [Int32] {
        var found: [Int32] = []
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(entry),
                let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
                let text = String(data: data, encoding: .utf8), let end = text.lastIndex(of: ")")
            else { continue }
            let fields = text[text.index(after: end)...].split(separator: " ")
            if fields.count > 1, fields[1] == "\(getpid())" { found.append(pid) }
        }
        return found
    }

    static func descriptors() -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count
    }
}
