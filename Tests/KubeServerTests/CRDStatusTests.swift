import KubeAPI
import Testing

@testable import KubeServer

/// Which names a CustomResourceDefinition gets.
@Suite struct CRDStatusTests {
    private static func crd(
        _ plural: String, _ kind: String, singular: String? = nil, short: [JSONValue] = []
    ) -> JSONValue {
        var crd: JSONValue = [
            "metadata": ["name": .string("\(plural).example.com")],
            "spec": [
                "group": "example.com",
                "names": [
                    "plural": .string(plural), "singular": .string(singular ?? kind.lowercased()),
                    "kind": .string(kind), "listKind": .string("\(kind)List"), "shortNames": .array(short),
                ],
                "versions": [["name": "v1", "storage": true]],
            ],
        ]
        CRDStatus.update(&crd, taken: .init(), now: Timestamp(seconds: 0))
        return crd
    }

    private static let other = crd("apples", "Apple", short: ["ap"])

    @Test(
        arguments: [
            (crd("pears", "Pear"), nil, ""),
            (crd("apple", "Pear"), "PluralConflict", "\"apple\" is already in use"),
            (crd("pears", "Pear", singular: "apples"), "SingularConflict", "\"apples\" is already in use"),
            (crd("pears", "Pear", short: ["ap", "p"]), "ShortNamesConflict", "\"ap\" is already in use"),
            (
                crd("pears", "Pear", short: ["ap", "apple"]), "ShortNamesConflict",
                "[\"ap\" is already in use, \"apple\" is already in use]"
            ),
            (crd("pears", "Apple", singular: "pear"), "ListKindConflict", "\"AppleList\" is already in use"),
        ] as [(JSONValue, String?, String)])
    func conflictsKeepItFromBeingEstablished(crd: JSONValue, reason: String?, message: String) {
        var crd = crd
        crd["status"] = nil
        CRDStatus.update(&crd, taken: .init(definitions: [Self.other]), now: Timestamp(seconds: 0))
        #expect(CRDStatus.isTrue("Established", in: crd) == (reason == nil))
        #expect(CRDStatus.isTrue("NamesAccepted", in: crd) == (reason == nil))
        let condition = crd["status"]?["conditions"]?.arrayValue?.first
        #expect(condition?["reason"]?.stringValue == reason ?? "NoConflicts")
        if reason != nil { #expect(condition?["message"]?.stringValue == message) }
    }

    @Test func whatWasEstablishedStaysAndKeepsItsNames() {
        var crd = Self.crd("pears", "Pear", short: ["p"])
        crd.set(["ap"], at: ["spec", "names", "shortNames"])
        CRDStatus.update(&crd, taken: .init(definitions: [Self.other]), now: Timestamp(seconds: 5))
        #expect(CRDStatus.isTrue("Established", in: crd))
        #expect(!CRDStatus.isTrue("NamesAccepted", in: crd))
        #expect(crd["status"]?["acceptedNames"]?["shortNames"] == ["p"])
        let times = crd["status"]?["conditions"]?.arrayValue?.map { $0["lastTransitionTime"] }
        #expect(times == ["1970-01-01T00:00:05Z", "1970-01-01T00:00:00Z"])
        // Once the name is free, it is taken.
        CRDStatus.update(&crd, taken: .init(), now: Timestamp(seconds: 6))
        #expect(crd["status"]?["acceptedNames"]?["shortNames"] == ["ap"])
    }

    @Test func ofTwoWithTheSameNameTheLaterLosesIt() {
        var crd = Self.crd("pears", "Apple", singular: "pear")
        CRDStatus.revoke(&crd, .init(definitions: [Self.crd("plums", "Plum")]))
        #expect(CRDStatus.isTrue("Established", in: crd))
        CRDStatus.revoke(&crd, .init(definitions: [Self.other]))
        CRDStatus.update(&crd, taken: .init(definitions: [Self.other]), now: Timestamp(seconds: 0))
        #expect(!CRDStatus.isTrue("Established", in: crd))
    }

    @Test func builtInKindsHaveTheirNames() {
        let taken = CRDStatus.TakenNames(builtIns: [BuiltIns.leases])
        #expect(taken.resources == ["leases", "lease"])
        #expect(taken.kinds == ["Lease", "LeaseList"])
    }

    @Test func aNewStorageVersionJoinsTheStoredOnes() {
        var crd = Self.crd("pears", "Pear")
        crd.set([["name": "v1"], ["name": "v2", "storage": true]], at: ["spec", "versions"])
        CRDStatus.update(&crd, taken: .init(), now: Timestamp(seconds: 0))
        #expect(crd["status"]?["storedVersions"] == ["v1", "v2"])
    }
}
