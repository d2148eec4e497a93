import Foundation

/// The house as it is meant to be: which room may use which, and which packages (CONTRIBUTING.md, "The house").
enum House {
    struct Room: Sendable {
        let name: String
        /// Other rooms that it may use.
        let rooms: Set<String>
        /// Modules of other packages, and of the system, that it may import.
        let modules: Set<String>

        init(_ name: String, _ rooms: Set<String> = [], modules: Set<String> = []) {
            self.name = name
            self.rooms = rooms
            self.modules = modules
        }
    }

    private static let vocabulary: Set<String> = ["KubeAPI", "NestAPI"]
    private static let runtime: Set<String> = ["ControllerRuntime", "KubeClient"]
    private static let system: Set<String> = ["Glibc", "Darwin", "Dispatch", "Synchronization", "FoundationEssentials"]
    private static let nio: Set<String> = ["NIOCore", "NIOPosix", "NIOConcurrencyHelpers"]

    static let rooms: [Room] = [
        Room("CLibArchive"), Room("CLibCurl"), Room("CEpoll"), Room("CConfinement"),
        Room("KubeAPI", modules: ["FoundationEssentials", "Glibc", "Darwin"]),
        Room("NestAPI", ["KubeAPI"]),
        Room("Planning", vocabulary),
        Room("CEL", ["KubeAPI"]),
        Room("KubeClient", ["KubeAPI"], modules: system.union(nio).union(["AsyncHTTPClient", "NIOSSL", "Logging"])),
        Room("ControllerRuntime", ["KubeClient", "KubeAPI"], modules: system.union(["Logging"])),
        Room("Controllers", vocabulary.union(runtime).union(["Planning"]), modules: system.union(["Logging"])),
        Room(
            "KubeServer", ["KubeAPI", "CEL"],
            modules: system.union(nio).union([
                "Foundation", "Logging", "Crypto", "Hummingbird", "HummingbirdTLS", "HummingbirdCore", "NIOSSL",
                "ServiceLifecycle", "X509", "SwiftASN1", "GRDB", "HTTPTypes",
            ])),
        Room(
            "Packages", vocabulary.union(["CLibArchive", "CLibCurl"]),
            modules: system.union(["CLibArchive", "CLibCurl", "Crypto", "Logging"])),
        Room(
            "PackageStore", ["Packages"],
            modules: system.union([
                "Crypto", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle",
            ])),
        Room("Confinement", ["CConfinement"], modules: system.union(["CConfinement"])),
        Room(
            "Agent", vocabulary.union(runtime).union(["Planning", "Packages", "Confinement", "CEpoll"]),
            modules: system.union(nio).union(["CEpoll", "Logging"])),
        Room(
            "Gateway", vocabulary.union(runtime).union(["Planning"]), modules: system.union(nio).union(["Logging"])),
        Room("NestLogging", modules: ["Logging", "Glibc", "Darwin"]),
        Room(
            "NestTestKit", vocabulary.union(runtime), modules: system.union(nio).union(["Logging", "AsyncHTTPClient"])),
        Room(
            "TestProcesses", ["KubeClient", "KubeAPI"],
            modules: system.union(["Foundation", "AsyncHTTPClient", "NIOCore", "NIOSSL", "Yams"])),
        Room(
            "nest",
            vocabulary.union(runtime).union([
                "Planning", "Controllers", "KubeServer", "Packages", "PackageStore", "Agent", "Gateway", "NestLogging",
            ]),
            modules: system.union(["Foundation", "ArgumentParser", "Logging", "NIOCore", "ServiceLifecycle", "Yams"])),
        Room("nest-agent", ["Agent", "KubeClient", "NestLogging"], modules: system.union(["Logging"])),
        Room("nest-jail", ["Confinement"], modules: ["Glibc"]),
    ]

    /// The top of the source tree.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// The Swift files of a room, with their texts.
    static func sources(of room: String) throws -> [(path: String, text: String)] {
        let folder = root.appending(path: "Sources/\(room)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap {
            $0 as? URL
        }
        return try (files ?? []).filter { $0.pathExtension == "swift" }
            .map { ($0.path, try String(contentsOf: $0, encoding: .utf8)) }
    }
}
