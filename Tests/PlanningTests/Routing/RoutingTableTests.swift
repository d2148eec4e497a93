import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct RoutingTableTests {
    static func object(
        _ name: String, namespace: String = "default", ready: [Int] = [], unready: [Int] = [], terminating: [Int] = [],
        timeout: Int = 60
    ) -> SandboxEndpoints {
        func endpoint(_ port: Int, ready: Bool, terminating: Bool) -> Endpoint {
            Endpoint(
                sandbox: "\(name)-\(port)", revision: "r", address: "127.0.0.1", port: port, node: "n",
                conditions: .init(ready: ready, serving: true, terminating: terminating))
        }
        let endpoints =
            ready.map { endpoint($0, ready: true, terminating: false) }
            + unready.map { endpoint($0, ready: false, terminating: false) }
            + terminating.map { endpoint($0, ready: true, terminating: true) }
        return SandboxEndpoints(
            metadata: ObjectMeta(name: name, namespace: namespace), endpoints: endpoints, timeoutSeconds: timeout)
    }

    static func find(_ table: RoutingTable, _ name: String) -> FunctionRoute? { table.route(Array(name.utf8).span) }

    @Test func onlyReadyEndpointsAreRouted() {
        let table = RoutingTable([Self.object("a", ready: [1, 2], unready: [3], terminating: [4], timeout: 7)])
        let route = Self.find(table, "default/a")
        #expect(route?.endpoints.map(\.port) == [1, 2])
        #expect(route?.timeoutSeconds == 7)
        #expect(route?.key == ObjectKey(namespace: "default", name: "a"))
    }

    @Test(arguments: ["default/b", "other/a", "default/aa", "default", "", "default/"])
    func whatIsNotThereIsNotFound(name: String) {
        #expect(Self.find(RoutingTable([Self.object("a")]), name) == nil)
    }

    @Test func aFunctionKeepsItsIdThroughChangesAndANewOneOfTheSameNameHasAnother() throws {
        var table = RoutingTable([Self.object("a", ready: [1])])
        let first = try #require(Self.find(table, "default/a"))
        #expect(table.set(Self.object("a", ready: [1])) == false)
        #expect(Self.find(table, "default/a") == first)
        #expect(table.set(Self.object("a", ready: [1, 2])) == true)
        let second = try #require(Self.find(table, "default/a"))
        #expect(second.id == first.id && second.version != first.version)
        let key = ObjectKey(namespace: "default", name: "a")
        let removed = (table.remove(key), table.remove(key))
        #expect(removed == (true, false))
        #expect(table.count == 0)
        table.set(Self.object("a", ready: [1]))
        #expect(Self.find(table, "default/a")?.id != first.id)
    }

    @Test func aCopyDoesNotSeeLaterChanges() {
        var table = RoutingTable([Self.object("a", ready: [1])])
        let copy = table
        table.set(Self.object("a"))
        #expect(Self.find(copy, "default/a")?.endpoints.count == 1)
        #expect(Self.find(table, "default/a")?.endpoints.isEmpty == true)
    }

    @Test func tenThousandFunctionsAreAllFound() {
        let table = RoutingTable((0..<10_000).map { Self.object("function-\($0)", ready: [$0]) })
        #expect(table.count == 10_000)
        let wrong = (0..<10_000).filter { (number: Int) in
            Self.find(table, "default/function-\(number)")?.endpoints.first?.port != number
        }
        #expect(wrong.isEmpty)
    }

    /// One deployment's endpoints in several slices.
    private static func slice(_ name: String, of deployment: String, ready: [Int], timeout: Int = 60)
        -> SandboxEndpoints
    {
        var slice = object(deployment, ready: ready, timeout: timeout)
        slice.metadata.name = name
        slice.metadata.labels = [NestGroup.deploymentLabel: deployment]
        return slice
    }

    enum Change: Sendable {
        case set(String, of: String = "a", ready: [Int], timeout: Int = 60)
        case remove(String)
    }

    struct Slices: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var changes: [Change]
        /// Whether the last change matters to a request.
        var isNews = true
        /// Ports of `default/a`; nil: it is not known.
        var ports: [Int]?
        var timeout = 60
    }

    @Test(arguments: [
        Slices(
            testDescription: "all slices count, the first first",
            changes: [.set("a-z", ready: [3]), .set("a", ready: [1]), .set("a-b", ready: [2])], ports: [1, 2, 3]),
        Slices(
            testDescription: "a change of one changes its own",
            changes: [
                .set("a", ready: [1]), .set("a-b", ready: [2]),
                .set("a-b", ready: [4]),
            ], ports: [1, 4]),
        Slices(
            testDescription: "a sandbox that moves is there once",
            changes: [.set("a", ready: [1, 2]), .set("a-b", ready: [2])], isNews: false, ports: [1, 2]),
        Slices(
            testDescription: "an empty slice is no news", changes: [.set("a", ready: [1]), .set("a-b", ready: [])],
            isNews: false, ports: [1]),
        Slices(
            testDescription: "the deletion of one takes only its own",
            changes: [.set("a", ready: [1]), .set("a-b", ready: [2]), .remove("a-b")], ports: [1]),
        Slices(
            testDescription: "without its first slice it is known by the others",
            changes: [.set("a", ready: [1]), .set("a-b", ready: [2]), .remove("a")], ports: [2]),
        Slices(
            testDescription: "with its last slice it goes",
            changes: [.set("a", ready: [1]), .set("a-b", ready: [2]), .remove("a"), .remove("a-b")], ports: nil),
        Slices(
            testDescription: "what was never there takes nothing", changes: [.set("a", ready: [1]), .remove("a-b")],
            isNews: false, ports: [1]),
        Slices(
            testDescription: "the first slice says how long a request may take",
            changes: [.set("a-b", ready: [2], timeout: 5), .set("a", ready: [1], timeout: 7)], ports: [1, 2], timeout: 7
        ),
        Slices(
            testDescription: "a slice that becomes another deployment's takes its endpoints along",
            changes: [.set("a", ready: [1]), .set("b", ready: [2]), .set("b", of: "b", ready: [3])], ports: [1]),
    ])
    func aFunctionIsAllOfItsSlices(_ row: Slices) {
        var table = RoutingTable()
        var isNews = false
        for change in row.changes {
            switch change {
            case .set(let name, let deployment, let ready, let timeout):
                isNews = table.set(Self.slice(name, of: deployment, ready: ready, timeout: timeout))
            case .remove(let name): isNews = table.remove(ObjectKey(namespace: "default", name: name))
            }
        }
        let route = Self.find(table, "default/a")
        #expect(route?.endpoints.map(\.port) == row.ports)
        #expect(isNews == row.isNews)
        if let route { #expect(route.timeoutSeconds == row.timeout) }
        #expect(Self.find(table, "default/a-b") == nil)
    }
}
