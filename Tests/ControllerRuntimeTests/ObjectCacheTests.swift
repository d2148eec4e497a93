import KubeAPI
import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite struct ObjectCacheTests {
    private func map(_ name: String, uid: String, version: String, value: String = "", owner: String? = nil)
        -> ConfigMap
    {
        var map = ConfigMap.sample(name, value)
        map.metadata.uid = uid
        map.metadata.resourceVersion = version
        if let owner {
            map.metadata.ownerReferences = [OwnerReference(apiVersion: "v1", kind: "X", name: "x", uid: owner)]
        }
        return map
    }

    @Test func tellsWhatEveryWriteChanged() {
        var cache = ObjectCache<ConfigMap>()
        let first = map("a", uid: "1", version: "1")
        let second = map("a", uid: "1", version: "2")
        let reborn = map("a", uid: "2", version: "3")
        #expect(cache.upsert(first) == [.added(first)])
        #expect(cache.upsert(second) == [.updated(old: first, new: second)])
        #expect(cache.upsert(reborn) == [.deleted(second), .added(reborn)])
        #expect(cache.delete(first.key, last: reborn) == [.deleted(reborn)])
        #expect(cache.delete(first.key, last: nil) == [])
    }

    @Test func replacesTheWholeAndTellsTheDifference() {
        var cache = ObjectCache<ConfigMap>()
        let old = ["same", "changed", "gone", "reborn", "unreadable"].map { map($0, uid: $0, version: "1") }
        _ = cache.replace(with: old)
        let changed = map("changed", uid: "changed", version: "2")
        let reborn = map("reborn", uid: "new", version: "3")
        let new = map("new", uid: "n", version: "4")
        let changes = cache.replace(with: [changed, new, reborn, old[0]], keeping: [old[4].key])
        #expect(
            changes == [
                .deleted(old[2]), .updated(old: old[1], new: changed), .added(new), .deleted(old[3]), .added(reborn),
            ])
        #expect(Set(cache.objects.keys.map(\.name)) == ["same", "changed", "new", "reborn", "unreadable"])
    }

    @Test func indicesFollowTheObjects() {
        let byValue = IndexName("value")
        var cache = ObjectCache<ConfigMap>()
        _ = cache.upsert(map("a", uid: "1", version: "1", value: "x", owner: "o"))
        cache.addIndex(byValue) { [$0.value] }
        _ = cache.upsert(map("b", uid: "2", version: "2", value: "x"))
        func names(_ index: IndexName, _ value: String) -> Set<String> {
            Set(cache.objects(index, value).map(\.metadata.name))
        }
        #expect(names(byValue, "x") == ["a", "b"])
        #expect(names(.owner, "o") == ["a"])
        #expect(names(.namespace, "default") == ["a", "b"])
        _ = cache.upsert(map("a", uid: "1", version: "3", value: "y"))
        #expect(names(byValue, "x") == ["b"])
        #expect(names(byValue, "y") == ["a"])
        #expect(names(.owner, "o") == [])
        _ = cache.replace(with: [])
        #expect(names(.namespace, "default") == [])
        #expect(names(IndexName("none"), "x") == [])
    }
}
