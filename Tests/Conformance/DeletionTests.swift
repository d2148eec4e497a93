import KubeAPI
import TestProcesses
import Testing

/// Finalizers, preconditions, propagation and grace (API concepts, "Resource deletion"; "Garbage collection").
@Suite struct DeletionTests {
    @Test func aFinalizerHoldsWhatIsDeleted() async throws {
        try await Cluster.run { space in
            let path = space.configMap("one")
            let wanted = Space.configMap("one").with("metadata.finalizers", ["conformance.nest.dev/hold"])
            try await space.client.post(space.configMap(), wanted).expecting(201)
            let deleted = try await space.client.delete(path).expecting(200)
            #expect(deleted["kind"] == "ConfigMap", "what is still there is shown as it is")
            let held = try await space.client.get(path).expecting(200)
            let time = held.metadata["deletionTimestamp"]
            #expect(time != nil && held.metadata["deletionGracePeriodSeconds"] == 0)
            try await space.client.delete(path).expecting(200)
            #expect(try await space.client.get(path).expecting(200).metadata["deletionTimestamp"] == time)

            let more: JSONValue = [
                "metadata": ["finalizers": ["conformance.nest.dev/hold", "conformance.nest.dev/more"]]
            ]
            expectFailure(try await space.client.patch(path, more), 422, "Invalid", field: "metadata.finalizers")
            let kept = try await space.client.patch(path, ["data": ["a": "2"]]).expecting(200)
            #expect(kept.at("data.a") == "2", "it can still be changed")
            #expect(
                try await space.client.patch(path, ["metadata": ["deletionTimestamp": nil]]).expecting(200)
                    .metadata["deletionTimestamp"] == time, "there is no way back")
            try await space.client.patch(path, ["metadata": ["finalizers": nil]]).expecting(200)
            #expect(try await space.client.get(path).code == 404)
        }
    }

    @Test func aDeletionMayHaveConditions() async throws {
        try await Cluster.run { space in
            let one = try await space.createConfigMap("one")
            let path = space.configMap("one")
            for wrong: JSONValue in [["uid": "other"], ["resourceVersion": "1"]] {
                let answer = try await space.client.delete(path, ["preconditions": wrong])
                expectFailure(answer, 409, "Conflict")
            }
            let right: JSONValue = ["uid": .string(one.uid), "resourceVersion": .string(one.version)]
            try await space.client.delete(path, ["preconditions": right]).expecting(200)
            #expect(try await space.client.get(path).code == 404)
        }
    }

    private static func dependent(_ name: String, of owner: JSONValue, blocks: Bool = true) -> JSONValue {
        Space.configMap(name).with(
            "metadata.ownerReferences",
            [
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner.name), "uid": .string(owner.uid),
                    "blockOwnerDeletion": .bool(blocks),
                ]
            ])
    }

    @Test func dependentsFollowTheirOwner() async throws {
        try await Cluster.run { space in
            let owner = try await space.createConfigMap("owner")
            for name in ["a", "b"] {
                try await space.client.post(space.configMap(), Self.dependent(name, of: owner)).expecting(201)
            }
            try await space.client.delete(space.configMap("owner"), ["propagationPolicy": "Background"]).expecting(200)
            #expect(try await space.client.get(space.configMap("owner")).code == 404)
            try await Eventually.holds("the dependents are collected", within: .seconds(90)) {
                for name in ["a", "b"] where try await space.client.get(space.configMap(name)).code != 404 {
                    return false
                }
                return true
            }
        }
    }

    @Test func anOwnerMayGoLast() async throws {
        try await Cluster.run { space in
            let owner = try await space.createConfigMap("owner")
            let held = Self.dependent("a", of: owner).with("metadata.finalizers", ["conformance.nest.dev/hold"])
            try await space.client.post(space.configMap(), held).expecting(201)
            let answer = try await space.client.delete(space.configMap("owner"), ["propagationPolicy": "Foreground"])
            #expect(try answer.expecting(200).metadata["finalizers"] == ["foregroundDeletion"])
            try await Eventually.holds("the dependent is being deleted", within: .seconds(90)) {
                try await space.client.get(space.configMap("a")).expecting(200).metadata["deletionTimestamp"] != nil
            }
            #expect(try await space.client.get(space.configMap("owner")).code == 200, "its dependent is still there")
            try await space.client.patch(space.configMap("a"), ["metadata": ["finalizers": nil]]).expecting(200)
            try await Eventually.holds("the owner goes, too", within: .seconds(90)) {
                try await space.client.get(space.configMap("owner")).code == 404
            }
        }
    }

    @Test func dependentsMayBeOrphaned() async throws {
        try await Cluster.run { space in
            let owner = try await space.createConfigMap("owner")
            try await space.client.post(space.configMap(), Self.dependent("a", of: owner)).expecting(201)
            try await space.client.delete(space.configMap("owner"), ["propagationPolicy": "Orphan"]).expecting(200)
            try await Eventually.holds("the owner is gone", within: .seconds(90)) {
                try await space.client.get(space.configMap("owner")).code == 404
            }
            let orphan = try await space.client.get(space.configMap("a")).expecting(200)
            #expect(orphan.metadata["ownerReferences"]?.arrayValue ?? [] == [])
            #expect(orphan.metadata["deletionTimestamp"] == nil)
        }
    }

    @Test func oneOwnerOfTwoIsEnough() async throws {
        try await Cluster.run { space in
            let first = try await space.createConfigMap("first")
            let second = try await space.createConfigMap("second")
            let references = [first, second].flatMap {
                Self.dependent("a", of: $0).metadata["ownerReferences"]?.arrayValue ?? []
            }
            let both = Space.configMap("a").with("metadata.ownerReferences", .array(references))
            try await space.client.post(space.configMap(), both).expecting(201)
            try await space.client.delete(space.configMap("first")).expecting(200)
            try await Eventually.holds("the gone owner is taken off", within: .seconds(90)) {
                let left = try await space.client.get(space.configMap("a")).expecting(200)
                return left.metadata["ownerReferences"]?.arrayValue?.compactMap { $0["name"] } == ["second"]
            }
        }
    }

    @Test func whoseOwnerNeverWasIsCollected() async throws {
        try await Cluster.run { space in
            let ghost = Space.configMap("ghost").with("metadata.uid", "11111111-1111-1111-1111-111111111111")
            try await space.client.post(space.configMap(), Self.dependent("a", of: ghost)).expecting(201)
            try await Eventually.holds("the dependent is collected", within: .seconds(90)) {
                try await space.client.get(space.configMap("a")).code == 404
            }
        }
    }

    @Test(
        arguments: [
            ["propagationPolicy": "Sideways"], ["propagationPolicy": "Orphan", "orphanDependents": true],
        ] as [JSONValue])
    func optionsThatMeanNothingAreRefused(_ options: JSONValue) async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            expectFailure(try await space.client.delete(space.configMap("one"), options), 422, "Invalid")
            #expect(try await space.client.get(space.configMap("one")).code == 200)
        }
    }

    /// A pod on a machine is given time to end; one that is nowhere needs none.
    @Test func aBoundPodIsGivenGrace() async throws {
        try await Cluster.run { space in
            let pods = space.core("pods")
            try await space.create(pod: "nowhere", on: nil)
            try await space.client.delete(pods + "/nowhere").expecting(200)
            #expect(try await space.client.get(pods + "/nowhere").code == 404)

            try await space.create(pod: "bound", on: "no-such-node")
            let going = try await space.client.delete(pods + "/bound", ["gracePeriodSeconds": 20]).expecting(200)
            #expect(going.metadata["deletionGracePeriodSeconds"] == 20)
            #expect(going.metadata["deletionTimestamp"] != nil)
            let sooner = try await space.client.delete(pods + "/bound", ["gracePeriodSeconds": 5]).expecting(200)
            #expect(sooner.metadata["deletionGracePeriodSeconds"] == 5, "it may be shortened")
            let later = try await space.client.delete(pods + "/bound", ["gracePeriodSeconds": 50]).expecting(200)
            #expect(later.metadata["deletionGracePeriodSeconds"] == 5, "but not made longer")
            try await space.client.delete(pods + "/bound", ["gracePeriodSeconds": 0]).expecting(200)
            #expect(try await space.client.get(pods + "/bound").code == 404)
        }
    }
}

extension Space {
    /// Creates a pod, bound or never to be scheduled.
    fileprivate func create(pod name: String, on node: String?) async throws {
        let container: JSONValue = ["name": "c", "image": "registry.k8s.io/pause:3.9"]
        var spec: JSONValue = ["containers": [container], "nodeSelector": ["conformance.nest.dev/none": "true"]]
        if let node {
            spec = ["containers": [container], "nodeName": .string(node)]
        }
        let pod: JSONValue = ["metadata": ["name": .string(name)], "spec": spec]
        // A cluster refuses pods until the namespace has its service account.
        try await Eventually.holds("pod \(name) is created") {
            let answer = try await client.post(core("pods"), pod)
            if answer.code == 403 { return false }
            try answer.expecting(201)
            return true
        }
    }
}
