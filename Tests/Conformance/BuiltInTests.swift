import KubeAPI
import TestProcesses
import Testing

/// The basics of the kinds that every server has.
@Suite struct BuiltInTests {
    @Test func secretsTakePlainTextAndGiveBase64() async throws {
        try await Cluster.run { space in
            let made = try await space.client.post(
                space.core("secrets"), ["metadata": ["name": "s"], "data": ["a": "YQ=="], "stringData": ["b": "plain"]]
            ).expecting(201)
            #expect(made["data"] == ["a": "YQ==", "b": "cGxhaW4="] && made["stringData"] == nil)
            #expect(made["type"] == "Opaque")
            let path = space.core("secrets", "s")
            let over = try await space.client.patch(path, ["stringData": ["a": "x"]]).expecting(200)
            #expect(over["data"] == ["a": "eA==", "b": "cGxhaW4="])
            let typed = try await space.client.patch(path, ["type": "kubernetes.io/other"])
            expectFailure(typed, 422, "Invalid", field: "type", saying: "field is immutable")
            expectFailure(
                try await space.client.post(
                    space.core("secrets"), ["metadata": ["name": "t"], "data": ["a": "no base64!"]]),
                400, "BadRequest")
        }
    }

    @Test(arguments: ["configmaps", "secrets"]) func theImmutableStayAsTheyAre(_ plural: String) async throws {
        try await Cluster.run { space in
            let object: JSONValue = ["metadata": ["name": "one"], "data": ["a": "YQ=="], "immutable": true]
            try await space.client.post(space.core(plural), object).expecting(201)
            let path = space.core(plural, "one")
            let changed = try await space.client.patch(path, ["data": ["a": "Yg=="]])
            expectFailure(changed, 422, "Invalid", field: "data", saying: "field is immutable when `immutable` is set")
            let freed = try await space.client.patch(path, ["immutable": false])
            expectFailure(freed, 422, "Invalid", field: "immutable")
            try await space.client.patch(path, ["metadata": ["labels": ["a": "b"]]]).expecting(200)
            try await space.client.delete(path).expecting(200)
        }
    }

    @Test(arguments: ["a b", "..", "a/b", String(repeating: "k", count: 254)])
    func keysOfDataAreFileNames(_ key: String) async throws {
        try await Cluster.run { space in
            for plural in ["configmaps", "secrets"] {
                let object: JSONValue = ["metadata": ["name": "one"], "data": .object([key: "YQ=="])]
                let answer = try await space.client.post(space.core(plural), object)
                expectFailure(answer, 422, "Invalid", field: "data[\(key)]")
            }
        }
    }

    @Test func configMapsHoldBytesToo() async throws {
        try await Cluster.run { space in
            let object: JSONValue = ["metadata": ["name": "one"], "data": ["a": "x"], "binaryData": ["b": "AP8="]]
            let made = try await space.client.post(space.configMap(), object).expecting(201)
            #expect(made["binaryData"] == ["b": "AP8="])
            let twice = try await space.client.patch(space.configMap("one"), ["binaryData": ["a": "AP8="]])
            expectFailure(twice, 422, "Invalid", saying: "duplicate of key present in")
        }
    }

    @Test func aConfigMapHasALimit() async throws {
        try await Cluster.run { space in
            let full = Space.configMap("full", ["a": String(repeating: "x", count: 1 << 20)])
            try await space.client.post(
                space.configMap(), full.with("data.a", .string(String(repeating: "x", count: 1_000_000)))
            )
            .expecting(201)
            let more = Space.configMap("more", ["a": String(repeating: "x", count: 1 << 20), "b": "y"])
            expectFailure(try await space.client.post(space.configMap(), more), 422, "Invalid", saying: "Too long")
        }
    }

    @Test func leasesKeepTheirTimes() async throws {
        try await Cluster.run { space in
            let leases = space.path("coordination.k8s.io/v1", "leases")
            let spec: JSONValue = [
                "holderIdentity": "me", "leaseDurationSeconds": 15, "leaseTransitions": 1,
                "acquireTime": "2024-01-02T03:04:05.000006Z", "renewTime": "2024-01-02T03:04:05.000006Z",
            ]
            let made = try await space.client.post(leases, ["metadata": ["name": "l"], "spec": spec]).expecting(201)
            #expect(made["spec"] == spec && made["apiVersion"] == "coordination.k8s.io/v1")
            let next = try await space.client.put(
                leases + "/l", made.with("spec.renewTime", "2024-01-02T03:04:07.000000Z"))
            #expect(try next.expecting(200).at("spec.renewTime") == "2024-01-02T03:04:07.000000Z")
            expectFailure(try await space.client.put(leases + "/l", made), 409, "Conflict")
            let bad = try await space.client.patch(leases + "/l", ["spec": ["leaseDurationSeconds": 0]])
            expectFailure(bad, 422, "Invalid", field: "spec.leaseDurationSeconds")
        }
    }

    /// Events have two APIs, and are the same objects in both.
    @Test func eventsAreOneThingInTwoGroups() async throws {
        try await Cluster.run { space in
            let event: JSONValue = [
                "metadata": ["name": "e.1"],
                "involvedObject": [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": "one", "namespace": .string(space.namespace),
                    "uid": "u",
                ],
                "type": "Warning", "reason": "Melted", "message": "it got too hot", "count": 3,
                "firstTimestamp": "2024-01-02T03:04:05Z", "lastTimestamp": "2024-01-02T03:04:06Z",
                "source": ["component": "sun"],
            ]
            try await space.client.post(space.core("events"), event).expecting(201)
            for (selector, count) in [
                ("involvedObject.name=one", 1), ("involvedObject.name=two", 0), ("reason=Melted,type=Warning", 1),
                ("involvedObject.uid=u,involvedObject.kind=ConfigMap", 1),
            ] {
                let list = try await space.client.get(space.core("events"), ["fieldSelector": selector]).expecting(200)
                #expect(list.items.count == count, "\(selector)")
            }
            let new = try await space.client.get(space.path("events.k8s.io/v1", "events", "e.1")).expecting(200)
            #expect(new["kind"] == "Event" && new["apiVersion"] == "events.k8s.io/v1")
            #expect(new["note"] == "it got too hot" && new.at("regarding.name") == "one")
            #expect(new["deprecatedCount"] == 3 && new.at("deprecatedSource.component") == "sun")
            let made: JSONValue = [
                "metadata": ["name": "e.2"], "eventTime": "2024-01-02T03:04:05.000006Z", "type": "Normal",
                "reason": "Cooled", "action": "Cool", "note": "better now",
                "reportingController": "conformance.nest.dev/sun",
                "reportingInstance": "sun-1",
                "regarding": [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": "one", "namespace": .string(space.namespace),
                ],
            ]
            try await space.client.post(space.path("events.k8s.io/v1", "events"), made).expecting(201)
            let old = try await space.client.get(space.core("events", "e.2")).expecting(200)
            #expect(old["message"] == "better now" && old.at("involvedObject.name") == "one")
            #expect(old["reportingComponent"] == "conformance.nest.dev/sun")
        }
    }

    @Test func serviceAccountsAreNames() async throws {
        try await Cluster.run { space in
            let made = try await space.client.post(space.core("serviceaccounts"), ["metadata": ["name": "robot"]])
            #expect(try made.expecting(201)["kind"] == "ServiceAccount")
            #expect(try await space.client.get(space.core("serviceaccounts")).expecting(200).names.contains("robot"))
        }
    }

    @Test func aPodNeedsAContainer() async throws {
        try await Cluster.run { space in
            let empty: JSONValue = ["metadata": ["name": "p"], "spec": ["containers": []]]
            expectFailure(
                try await space.client.post(space.core("pods"), empty), 422, "Invalid", field: "spec.containers")
        }
    }
}
