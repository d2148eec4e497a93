import KubeAPI
import Testing

@testable import KubeServer

@Suite struct ObjectTreeTests {
    private static func object(_ key: ObjectKey, _ revision: Int64) -> StoredObject {
        StoredObject(
            ["metadata": ["name": .string(key.name), "namespace": .string(key.namespace)]], resource: "things",
            revision: revision)
    }

    @Test func behavesAsADictionaryAndKeepsItsSnapshots() {
        var random = SeededRandom(seed: 7)
        var tree = ObjectTree()
        var model: [ObjectKey: Int64] = [:]
        var snapshots: [(ObjectTree, [ObjectKey: Int64])] = []
        for revision in 1...3000 as ClosedRange<Int64> {
            let key = ObjectKey(
                namespace: "n\(random.next(below: 3))", name: "o\(random.next(below: 200))")
            if random.next(below: 3) == 0 {
                tree.remove(key)
                model[key] = nil
            } else {
                tree.insert(Self.object(key, revision))
                model[key] = revision
            }
            if revision % 500 == 0 { snapshots.append((tree, model)) }
        }
        for (tree, model) in snapshots {
            var seen: [ObjectKey] = []
            tree.visit { object in
                seen.append(object.key)
                #expect(object.revision == model[object.key])
                return true
            }
            #expect(seen == model.keys.sorted())
            #expect(tree.count == model.count)
            for (rank, key) in seen.enumerated() {
                #expect(tree[key]?.revision == model[key])
                #expect(tree.count(below: key) == rank)
            }
            var fromMiddle: [ObjectKey] = []
            tree.visit(from: ObjectKey(namespace: "n1", name: "")) { object in
                fromMiddle.append(object.key)
                return fromMiddle.count < 10
            }
            #expect(fromMiddle == Array(model.keys.sorted().filter { $0.namespace >= "n1" }.prefix(10)))
        }
    }

    @Test func staysShallowWhenKeysComeInOrder() {
        var tree = ObjectTree()
        // A list-shaped tree would need a stack of as many frames, and square time.
        for index in 0..<20_000 {
            let digits = String(index)
            let name = String(repeating: "0", count: 6 - digits.count) + digits
            tree.insert(Self.object(ObjectKey(namespace: "", name: name), 1))
        }
        #expect(tree.count == 20_000)
        #expect(tree.depth < 80)
    }

    @Test func historyForgetsByNumberAndSize() {
        func change(_ revision: Int64) -> Change {
            Change(object: Self.object(ObjectKey(namespace: "", name: "a"), revision), previous: nil, isDeletion: false)
        }
        let size = change(1).size
        var byNumber = History(compacted: 0, limit: .init(changes: 100, bytes: .max))
        var bySize = History(compacted: 0, limit: .init(changes: .max, bytes: 10 * size))
        for revision in 1...9 as ClosedRange<Int64> { bySize.append(change(revision)) }
        #expect(bySize.compacted == 0)
        for revision in 1...1000 as ClosedRange<Int64> { byNumber.append(change(revision)) }
        #expect(byNumber.count == 100 && byNumber.compacted == 900)
        #expect(byNumber.changes(after: 899) == nil)
        #expect(byNumber.changes(after: 900)?.map(\.revision) == Array(901...1000))
        #expect(byNumber.changes(after: 950, count: 3)?.map(\.revision) == [951, 952, 953])
        #expect(byNumber.changes(after: 950, bytes: 1)?.map(\.revision) == [951])
        #expect(byNumber.changes(after: 1000)?.isEmpty == true)
        for revision in 10...30 as ClosedRange<Int64> { bySize.append(change(revision)) }
        #expect(bySize.bytes <= 10 * size && bySize.count >= 9)
        bySize.reset(compacted: 40)
        #expect(bySize.changes(after: 39) == nil && bySize.changes(after: 40)?.isEmpty == true && bySize.bytes == 0)
    }
}
