import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Many sandboxes in slices of at most a hundred: few writes, nothing twice, nothing lost.
@Suite struct EndpointSlicesTests {
    private static let deployment = SandboxDeployment.sample(replicas: 1)

    private static func sandboxes(_ names: some Sequence<Int>) -> [Sandbox] {
        names.map { EndpointsPlannerTests.serving("s\(1000 + $0)", port: 20_000 + $0) }
    }

    /// A slice as it is in the API.
    private static func slice(_ name: String, _ numbers: some Sequence<Int>, owner: String = "deployment")
        -> SandboxEndpoints
    {
        let seen = EndpointsObserved(deployment: deployment, sandboxes: sandboxes(numbers))
        var slice = SandboxEndpoints(metadata: ObjectMeta(name: name, namespace: "default", uid: name))
        for case .create(let made) in plan(seen) { slice.endpoints += made.endpoints }
        slice.metadata.labels = [NestGroup.deploymentLabel: "hello"]
        var reference = deployment.controllerReference
        reference.uid = owner
        slice.metadata.ownerReferences = [reference]
        slice.holdsRequests = true
        slice.metadata.resourceVersion = "1"
        return slice
    }

    private static func writes(_ slices: [SandboxEndpoints], _ numbers: some Sequence<Int>) -> [EndpointsWrite] {
        plan(EndpointsObserved(deployment: deployment, sandboxes: sandboxes(numbers), slices: slices))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var slices: [ClosedRange<Int>?]
        var wanted: [ClosedRange<Int>]
        /// `+COUNT` for a new slice, `NUMBER=COUNT` for a changed one, `-NUMBER` for one that goes.
        var writes: [String]
    }

    @Test(arguments: [
        Row(testDescription: "as it is", slices: [1...100, 101...150], wanted: [1...150], writes: []),
        Row(testDescription: "a full slice and a new one", slices: [1...100], wanted: [1...101], writes: ["+1"]),
        Row(testDescription: "from nothing", slices: [nil], wanted: [1...250], writes: ["0=100", "+100", "+50"]),
        Row(
            testDescription: "room is filled first", slices: [1...100, 101...150], wanted: [1...180], writes: ["1=80"]),
        Row(
            testDescription: "a changed slice takes what is new", slices: [1...90, 101...150],
            wanted: [2...90, 101...151], writes: ["0=90"]),
        Row(
            testDescription: "the fullest that fits", slices: [1...50, 101...180], wanted: [1...50, 101...190],
            writes: ["1=90"]),
        Row(
            testDescription: "more than fits anywhere", slices: [1...80, 101...180], wanted: [1...80, 101...230],
            writes: ["0=100", "1=100", "+10"]),
        Row(testDescription: "an empty slice goes", slices: [1...100, 101...150], wanted: [1...100], writes: ["-1"]),
        Row(testDescription: "the first stays", slices: [1...50, 101...150], wanted: [101...150], writes: ["0=0"]),
        Row(testDescription: "nothing is left", slices: [1...50, 101...150], wanted: [], writes: ["0=0", "-1"]),
    ])
    func writesAsFewAsNeeded(_ row: Row) {
        let slices = row.slices.enumerated().map { index, range in
            Self.slice(index == 0 ? "hello" : "hello-\(index)", range.map(Array.init) ?? [])
        }
        let found = Self.writes(slices, row.wanted.flatMap { $0 }).map { write in
            switch write {
            case .create(let slice): "+\(slice.endpoints.count)"
            case .update(let slice):
                "\(slices.firstIndex { $0.key == slice.key } ?? -1)=\(slice.endpoints.count)"
            case .delete(let slice): "-\(slices.firstIndex { $0.key == slice.key } ?? -1)"
            }
        }
        #expect(found == row.writes)
    }

    @Test func theDeploymentsOwnNameIsTakenOver() throws {
        var other = Self.slice("hello", 1...3, owner: "another deployment")
        other.metadata.labels = [NestGroup.deploymentLabel: "hell"]
        guard case .update(let taken)? = Self.writes([other], 5...6).first else {
            Issue.record("it is not taken over")
            return
        }
        #expect(taken.metadata.ownerReferences == [Self.deployment.controllerReference])
        #expect(taken.deploymentKey.name == "hello")
        #expect(taken.endpoints.map(\.sandbox) == ["s1005", "s1006"])
    }

    @Test func anothersSliceIsLeftAlone() {
        let first = Self.slice("hello", 1...3)
        #expect(Self.writes([first, Self.slice("hello-x", 7...9, owner: "another")], 1...3) == [])
    }

    @Test func whatIsInTwoSlicesStaysInOne() {
        let slices = [Self.slice("hello", 1...3), Self.slice("hello-x", 2...4)]
        guard case .update(let changed)? = Self.writes(slices, 1...4).first else {
            Issue.record("no update")
            return
        }
        #expect(changed.metadata.name == "hello-x")
        #expect(changed.endpoints.map(\.sandbox) == ["s1004"])
    }

    @Test func everySliceSaysHowManyAreReadyAndHowLongARequestMayTake() {
        for case .create(let slice) in Self.writes([], 1...150) {
            #expect(slice.readyEndpoints == slice.endpoints.count)
            #expect(slice.timeoutSeconds == 60)
            #expect(slice.metadata.labels[NestGroup.deploymentLabel] == "hello")
        }
    }

    /// Any history keeps every sandbox in exactly one slice.
    @Test(arguments: UInt64(1)...20) func anyHistoryListsEachSandboxOnce(_ seed: UInt64) {
        var random = SeededRandom(state: seed)
        var slices: [SandboxEndpoints] = []
        var names = 0
        for _ in 0..<30 {
            let wanted = Set(
                (0..<Int.random(in: 0...350, using: &random)).map { _ in Int.random(in: 1...400, using: &random) })
            for write in Self.writes(slices, wanted) {
                switch write {
                case .create(var slice):
                    names += 1
                    if slice.metadata.name.isEmpty { slice.metadata.name = "hello-\(names)" }
                    slices.append(slice)
                case .update(let slice): slices = slices.map { $0.key == slice.key ? slice : $0 }
                case .delete(let slice): slices.removeAll { $0.key == slice.key }
                }
            }
            let listed = slices.flatMap(\.endpoints).map(\.sandbox).sorted()
            #expect(listed == wanted.map { "s\(1000 + $0)" }.sorted(), "seed \(seed)")
            #expect(
                slices.allSatisfy {
                    $0.endpoints.count <= 100 && $0.endpoints == $0.endpoints.sorted { $0.sandbox < $1.sandbox }
                })
            #expect(Self.writes(slices, wanted) == [], "seed \(seed): it is not level-triggered")
        }
    }
}
