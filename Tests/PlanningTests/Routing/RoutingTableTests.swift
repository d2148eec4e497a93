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
}
