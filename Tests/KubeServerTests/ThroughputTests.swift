import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// Figures, printed on demand: set `NEST_MEASURE` to run it.
@Suite struct ThroughputTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["NEST_MEASURE"] != nil)) func figures() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let operations = test.server.operations
            let definition = try #require(
                test.server.registry.snapshot.definition(group: "example.com", version: "v1", plural: "widgets"))
            let count = 4000
            let cpu = clock()
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for index in 0..<(count / 16) {
                            let parsed = try JSONReader.parse(Widget.make("w\(writer)-\(index)").serializedBytes())
                            _ = try await operations.create(definition, namespace: "default", body: parsed)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            print("creates/s \(Int(Double(count) / seconds)), cpu us each \((clock() - cpu) / count)")
            let listStart = ContinuousClock.now
            let list = try await test.request("GET", Widget.path)
            print("list of \(list.body["items"]?.arrayValue?.count ?? 0): \(ContinuousClock.now - listStart)")
            let httpStart = ContinuousClock.now
            let httpCPU = clock()
            for index in 0..<500 { _ = try await test.request("POST", Widget.path, Widget.make("h\(index)")) }
            print(
                "http create one by one: \((ContinuousClock.now - httpStart) / 500), cpu us incl. client \((clock() - httpCPU) / 500)"
            )
        }
    }
}
