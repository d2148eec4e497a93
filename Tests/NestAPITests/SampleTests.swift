import KubeAPI
import Testing

/// The samples stand for the Swift types, so a field that a sample leaves out would escape every comparison.
@Suite struct SampleTests {
    @Test func samplesSetEveryField() {
        var unset: [String] = []
        let samples: [any KubeObject] = [
            Samples.deployment, Samples.replicaSet, Samples.sandbox, Samples.endpoints, Samples.node, Samples.pool,
        ]
        for sample in samples { findUnset(sample, at: "\(type(of: sample))", into: &unset) }
        #expect(unset == [])
    }

    @Test func anUnsetFieldIsFound() {
        var pool = Samples.pool
        pool.spec.template = nil
        pool.spec.runtimes[0].args = []
        var unset: [String] = []
        findUnset(pool, at: "", into: &unset)
        #expect(unset == [".spec.runtimes[].args", ".spec.template"])
    }

    private func findUnset(_ value: Any, at path: String, into unset: inout [String]) {
        if value is ObjectMeta || value is JSONValue { return }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            guard let wrapped = mirror.children.first?.value else { return unset.append(path) }
            findUnset(wrapped, at: path, into: &unset)
        case .collection:
            guard !mirror.children.isEmpty else { return unset.append(path) }
            for child in mirror.children { findUnset(child.value, at: path + "[]", into: &unset) }
        case .dictionary:
            if mirror.children.isEmpty { unset.append(path) }
        case .struct:
            for child in mirror.children { findUnset(child.value, at: "\(path).\(child.label ?? "")", into: &unset) }
        default: break
        }
    }
}
