import FoundationEssentials
import KubeAPI
import NestTestKit
import Testing

@testable import KubeClient

@Suite struct WatchTests {
    private static let lines = """
        {"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"5"}}}
        {"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"6"},"data":{"k":"ü\\n"}}}
        {"object":{"metadata":{"resourceVersion":"9"},"kind":"ConfigMap"},"type":"BOOKMARK"}
        {"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"10"}}}

        """

    private static func map(_ version: String, _ data: [String: String]? = nil) -> ConfigMap {
        var map = ConfigMap(metadata: ObjectMeta(name: "a"), data: data)
        map.metadata.resourceVersion = version
        return map
    }

    private static let events: [WatchEvent<ConfigMap>] = [
        .added(map("5")), .modified(map("6", ["k": "ü\n"])), .bookmark(resourceVersion: "9"), .deleted(map("10")),
    ]

    private func collect(_ chunks: [Data], status: Int = 200, broken: Bool = false) async -> (
        [WatchEvent<ConfigMap>], (any Error)?
    ) {
        let client = CannedTransport([.chunks(status, chunks, broken: broken)]).client()
        var events: [WatchEvent<ConfigMap>] = []
        do {
            for try await event in client.watch(ConfigMap.self, resourceVersion: "4") { events.append(event) }
            return (events, nil)
        } catch {
            return (events, error)
        }
    }

    @Test func decodesEventsHoweverTheBytesArrive() async {
        let bytes = Data(Self.lines.utf8)
        for split in 0...bytes.count {
            let (events, error) = await collect([Data(bytes[..<split]), Data(bytes[split...])])
            #expect(events == Self.events)
            #expect(error == nil)
        }
        let (events, _) = await collect(bytes.map { Data([$0]) })
        #expect(events == Self.events)
    }

    @Test func tellsTheVersionToGoOnFrom() {
        #expect(Self.events.map(\.resourceVersion) == ["5", "6", "9", "10"])
    }

    @Test func throwsTheStatusOfAnErrorEvent() async {
        let line = #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#
        let (events, error) = await collect([Data((Self.lines + line + "\n").utf8)])
        #expect(events == Self.events)
        #expect((error as? Status)?.isExpired == true)
    }

    @Test func throwsTheStatusOfARefusal() async {
        let body = #"{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}"#
        let (_, error) = await collect([Data(body.utf8)], status: 403)
        #expect((error as? Status)?.reason == "Forbidden")
    }

    @Test(arguments: [
        (#"{"type":"ADDED","object":{"metadata":[]}}"# + "\n", false, KubeClientError.Code.invalidResponse),
        (#"{"type":"MOVED","object":{}}"# + "\n", false, .invalidResponse),
        ("not JSON\n", false, .invalidResponse),
        (#"{"type":"ADDED","obj"#, false, .connectionLost),
        (#"{"type":"ADDED","obj"#, true, .connectionLost),
        (String(repeating: "x", count: WatchReader<ConfigMap>.lineLimit + 1), false, .tooLarge),
    ])
    func namesWhatIsWrong(_ bytes: String, broken: Bool, code: KubeClientError.Code) async {
        let (events, error) = await collect([Data(bytes.utf8)], broken: broken)
        #expect(events.isEmpty)
        #expect((error as? KubeClientError)?.code == code)
    }

    @Test func sendsNothingBeforeTheFirstEventIsAskedFor() async throws {
        let transport = CannedTransport([.chunks(200, [])])
        let events = transport.client().watch(ConfigMap.self, namespace: "n", resourceVersion: "4")
        #expect(transport.requests.entries.isEmpty)
        for try await _ in events {}
        let request = try #require(transport.requests.entries.first)
        #expect(request.path == "/api/v1/namespaces/n/configmaps")
        let seconds = try #require(request.queryValue("timeoutSeconds").flatMap { Int($0) })
        #expect((300...600).contains(seconds))
    }
}
