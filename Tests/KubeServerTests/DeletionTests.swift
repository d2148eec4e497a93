import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// Deleting many objects.
@Suite(.timeLimit(.minutes(1))) struct DeletionTests {
    private static let definition = BuiltIns.definitions.first { $0.type.plural == "configmaps" }

    private static func fill(_ test: TestStore, _ count: Int, held: Int? = nil) async throws -> [StoredObject] {
        let definition = try #require(definition)
        return try await withThrowingTaskGroup(of: StoredObject.self) { group in
            for index in 0..<count {
                group.addTask {
                    var object = TestStore.object("o\(1000 + index)", namespace: "default")
                    if index == held { object.setMetadata("finalizers", ["example.com/hold"]) }
                    return try await test.store.commit(.create(object, resource: definition.storageKey))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func afterAStartOnlyTheBereavedAreLookedAt() async throws {
        try await TestStore.run { test in
            func commit(_ name: String, owners: [String]) async throws -> StoredObject {
                var object = TestStore.object(name, namespace: "default")
                object.setMetadata("uid", .string("uid-\(name)"))
                object.setMetadata("ownerReferences", .array(owners.map { ["uid": .string($0)] }))
                return try await test.store.commit(.create(object, resource: "things"))
            }
            let owner = try await commit("owner", owners: [])
            _ = try await commit("cared-for", owners: ["uid-owner"])
            let half = try await commit("half", owners: ["uid-owner", "uid-gone"])
            #expect(test.store.bereaved().map(\.key) == [half.key])
            _ = try await test.store.commit(.delete(owner.value, of: owner))
            let again = try ObjectStore(database: test.database)
            #expect(Set(again.bereaved().map(\.key.name)) == ["cared-for", "half"])
        }
    }

    @Test func manyShareCommits() async throws {
        let definition = try #require(Self.definition)
        try await TestStore.run { test in
            let objects = try await Self.fill(test, 1000)
            let commits = Mutex(0)
            test.store.observe { _ in commits.withLock { $0 += 1 } }
            let operations = ObjectOperations(store: test.store, registry: ResourceRegistry())
            let gone = try await operations.delete(objects, of: definition)
            #expect(gone.map(\.key) == objects.map(\.key))
            #expect(test.store.list(definition.storageKey, ObjectFilter()).objects.isEmpty)
            #expect(commits.withLock { $0 } < 200, "one by one there would be 1000")
        }
    }

    @Test func whatIsGoneOrHeldDoesNotStopTheOthers() async throws {
        let definition = try #require(Self.definition)
        try await TestStore.run { test in
            let objects = try await Self.fill(test, 300, held: 7)
            let operations = ObjectOperations(store: test.store, registry: ResourceRegistry())
            _ = try await operations.delete(definition, objects[3].key)
            let gone = try await operations.delete(objects, of: definition)
            #expect(gone.count == 299)
            #expect(test.store.list(definition.storageKey, ObjectFilter()).objects.map(\.key.name) == ["o1007"])
        }
    }

    @Test func aRefusalIsTold() async throws {
        let definition = try #require(Self.definition)
        try await TestStore.run { test in
            let objects = try await Self.fill(test, 10)
            let operations = ObjectOperations(store: test.store, registry: ResourceRegistry())
            var options = DeleteOptions()
            options.uid = "another"
            let error = await #expect(throws: Status.self) {
                _ = try await operations.delete(objects, of: definition, options: options)
            }
            #expect(error?.isConflict == true)
        }
    }
}
