import KubeAPI
import TestProcesses
import Testing

/// Optimistic concurrency (api-conventions, "Concurrency Control and Consistency").
@Suite struct ConcurrencyTests {
    @Test func aStaleWriteIsRefused() async throws {
        try await Cluster.run { space in
            let path = space.configMap("one")
            let first = try await space.createConfigMap("one")
            let second = try await space.client.put(path, first.with("data", ["a": "2"])).expecting(200)
            let stale = try await space.client.put(path, first.with("data", ["a": "3"]))
            expectFailure(
                stale, 409, "Conflict",
                saying: "Operation cannot be fulfilled on configmaps \"one\": the object has been")
            let patch: JSONValue = ["metadata": ["resourceVersion": .string(first.version)], "data": ["a": "3"]]
            expectFailure(try await space.client.patch(path, patch), 409, "Conflict")
            #expect(try await space.client.get(path).expecting(200) == second)
        }
    }

    /// Built-in kinds may be written without having been read; custom ones may not.
    @Test func anUnconditionalWrite() async throws {
        try await CustomKind.run(spec: ["type": "object", "properties": ["a": ["type": "integer"]]]) { kind in
            let space = kind.space
            try await space.createConfigMap("one")
            let write = try await space.client.put(space.configMap("one"), Space.configMap("one", ["b": "2"]))
            #expect(try write.expecting(200)["data"] == ["b": "2"])
            try await kind.create("one", ["a": 1])
            let blind = try await kind.client.put(kind.path("one"), kind.object("one", ["a": 2]))
            expectFailure(
                blind, 422, "Invalid", field: "metadata.resourceVersion", saying: "must be specified for an update")
        }
    }

    @Test(arguments: [false, true]) func incrementersLoseNothing(_ isCustom: Bool) async throws {
        try await CustomKind.run(spec: ["type": "object", "properties": ["n": ["type": "string"]]]) { kind in
            let space = kind.space
            let (path, field) = isCustom ? (kind.path("n"), "spec") : (space.configMap("n"), "data")
            if isCustom {
                try await kind.create("n", ["n": "0"])
            } else {
                try await space.createConfigMap("n", ["n": "0"])
            }
            let (workers, rounds) = (16, 5)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<workers {
                    group.addTask {
                        for _ in 0..<rounds { try await Self.increment(space.client, path, "\(field).n") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await space.client.get(path).expecting(200).at("\(field).n") == .string("\(workers * rounds)"))
        }
    }

    /// As client-go's `RetryOnConflict`.
    private static func increment(_ client: APIClient, _ path: String, _ field: String) async throws {
        while true {
            let object = try await client.get(path).expecting(200)
            let next = (object.at(field)?.stringValue).flatMap { Int($0) }.map { $0 + 1 } ?? -1
            let answer = try await client.put(path, object.with(field, .string(String(next))))
            if answer.code == 409 {
                expectFailure(answer, 409, "Conflict")
                continue
            }
            try answer.expecting(200)
            return
        }
    }

    @Test func oneOfManyCreatesTheName() async throws {
        try await Cluster.run { space in
            let codes = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let object = Space.configMap("one", ["by": "\(number)"])
                        return try await space.client.post(space.configMap(), object).code
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(codes.sorted() == [201] + Array(repeating: 409, count: 11))
        }
    }

    /// A patch that does not name a version is applied to what is there, so none is lost.
    @Test func patchesOfDifferentFieldsAllTakeEffect() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await space.client.patch(space.configMap("one"), ["data": .object(["k\(number)": "x"])])
                            .expecting(200)
                    }
                }
                try await group.waitForAll()
            }
            let data = try await space.client.get(space.configMap("one")).expecting(200)["data"]
            #expect(data?.objectValue?.count == 13)
        }
    }
}
