import Foundation
import Testing

/// Holds the code to the map of the house.
@Suite struct HouseTests {
    /// The manifest's targets and arrows are those of the map, no more and no fewer rooms.
    @Test func theManifestFollowsTheMap() throws {
        let manifest = try Manifest.load()
        let own = manifest.targets.filter { $0.type != "test" }
        #expect(Set(own.map(\.name)) == Set(House.rooms.map(\.name)))
        for room in House.rooms {
            let target = try #require(own.first { $0.name == room.name })
            let arrows = Set(target.rooms ?? [])
            #expect(arrows.subtracting(room.rooms) == [], "\(room.name) depends on rooms that it may not use")
        }
    }

    /// What the files import is what the map allows, whatever the manifest says.
    @Test(arguments: House.rooms.map(\.name)) func importsFollowTheMap(_ name: String) throws {
        let room = try #require(House.rooms.first { $0.name == name })
        let allowed = room.rooms.union(room.modules)
        for (path, text) in try House.sources(of: name) {
            #expect(Imports.modules(in: text).subtracting(allowed) == [], "\(path)")
        }
    }

    /// Decisions take the time as a value and touch nothing.
    @Test func planningIsPure() throws {
        let forbidden = [
            "Date(", "Date.now", "Timestamp.now", "ContinuousClock", "SuspendingClock", "Task {", " async", "await ",
            "print(",
            "Logger", "SystemRandomNumberGenerator", "UUID(", "DispatchQueue", "Mutex", "nonisolated(unsafe)",
        ]
        for (path, text) in try House.sources(of: "Planning") {
            for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in forbidden where line.contains(word) { Issue.record("\(path) has '\(word)': \(line)") }
                // Chance is a parameter, too.
                if line.contains(".random(") { #expect(line.contains("using:"), "\(path): \(line)") }
            }
        }
    }

    @Test func unsafeSendabilityIsExplained() throws {
        for room in House.rooms {
            for (path, text) in try House.sources(of: room.name) {
                let lines = text.components(separatedBy: "\n")
                for (number, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
                    let above = lines[max(0, number - 6)...number].joined()
                    #expect(above.contains("//"), "\(path):\(number + 1) has no comment that proves it")
                }
            }
        }
    }

    /// There is an agent in every pod: it must stay without full Foundation (and its ICU data) and without SQLite.
    @Test func theAgentStaysSmall() throws {
        let program = Bundle.main.executableURL.map { $0.deletingLastPathComponent().appending(path: "nest-agent") }
        let beside = House.root.appending(path: ".build/debug/nest-agent")
        let path = [program, beside].compactMap { $0?.path }.first { FileManager.default.isExecutableFile(atPath: $0) }
        let libraries = try Command.output("ldd", try #require(path, "nest-agent is not built"))
        #expect(libraries.contains("libc.so"))
        for library in ["libFoundation.so", "lib_FoundationICU.so", "libFoundationNetworking.so", "libsqlite3"] {
            #expect(!libraries.contains(library))
        }
    }
}
