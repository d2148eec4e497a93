import Foundation
import Testing

@Suite struct HandTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["HAND"] != nil)) func hand() async throws {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["HAND"] ?? "")
        try await TestServer.run(directory: folder) { _ in
            while !FileManager.default.fileExists(atPath: folder.appending(path: "stop").path) {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
