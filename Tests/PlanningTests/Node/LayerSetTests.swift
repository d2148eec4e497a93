import Planning
import Testing

/// Which sandboxes get a host that has loaded layers before, and how a pod comes to have them.
@Suite struct LayerSetTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var set = ["/a", "/b"]
        var layers = ["/a", "/b"]
        var environment: [String: String] = [:]
        var reads: [String] = []
        let fits: Bool
    }

    static let rows = [
        Row(testDescription: "the same", fits: true),
        Row(testDescription: "further ones after them", layers: ["/a", "/b", "/c"], fits: true),
        Row(testDescription: "one of its own before them", layers: ["/c", "/a", "/b"], fits: false),
        Row(testDescription: "in another order", layers: ["/b", "/a"], fits: false),
        Row(testDescription: "one is missing", layers: ["/a"], fits: false),
        Row(testDescription: "none", layers: [], fits: false),
        Row(testDescription: "another version", layers: ["/a", "/b2"], fits: false),
        Row(testDescription: "nothing is preloaded", set: [], layers: [], fits: false),
        Row(testDescription: "its own way to find modules", environment: ["NODE_PATH": "/x"], fits: false),
        Row(testDescription: "its own word for its layers", environment: ["NEST_LAYERS": "/x"], fits: false),
        Row(
            testDescription: "variables that nobody has read", environment: ["DEBUG": "*"], reads: ["HOME"], fits: true),
        Row(testDescription: "one that was read", environment: ["DEBUG": "*"], reads: ["HOME", "DEBUG"], fits: false),
        Row(
            testDescription: "one that was read as it is", environment: ["NODE_ENV": "production"],
            reads: ["NODE_ENV"], fits: true),
        Row(testDescription: "one that was read and is missing", reads: ["NODE_ENV"], fits: false),
    ]

    @Test(arguments: rows) func admits(row: Row) {
        let own = ["NEST_LAYERS": row.layers.joined(separator: ":")]
        let fits = LayerSet(directories: row.set).admits(
            layers: row.layers, environment: own.merging(row.environment) { $1 }, reads: row.reads)
        #expect(fits == row.fits)
    }

    @Test func whatCannotBeFetchedIsTriedInGrowingIntervals() {
        var preload = LayerPreload(layers: 1)
        #expect(preload.state == .fetching)
        #expect((0..<7).map { _ in preload.failed("no route", isTransient: true) } == [2, 4, 8, 16, 32, 60, 60])
        #expect(preload.state == .failed("no route"))
        preload.fetched()
        #expect(preload.state == .fetched)
        #expect(preload.failed("again", isTransient: true) == 2)
        #expect(preload.failed("another digest", isTransient: false) == 60)
        #expect(LayerPreload(layers: 0).state == .nothing)
    }
}
