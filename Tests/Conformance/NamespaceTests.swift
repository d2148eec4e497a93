import KubeAPI
import TestProcesses
import Testing

/// Namespaces: what needs one, and what goes with one.
@Suite struct NamespaceTests {
    @Test func aNewOneIsActive() async throws {
        try await Cluster.run { space in
            let namespace = try await space.client.get("/api/v1/namespaces/\(space.namespace)").expecting(200)
            #expect(namespace.at("status.phase") == "Active")
            #expect(namespace.at("spec.finalizers") == ["kubernetes"])
            #expect(namespace.at("metadata.labels")?["kubernetes.io/metadata.name"] == .string(space.namespace))
            #expect(namespace.metadata["namespace"] == nil)
        }
    }

    @Test(arguments: ["Upper", "a.b", "a_b", "-a", String(repeating: "a", count: 64)])
    func itsNameIsALabel(_ name: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.post("/api/v1/namespaces", ["metadata": ["name": .string(name)]])
            expectFailure(answer, 422, "Invalid", field: "metadata.name")
        }
    }

    @Test func nothingIsCreatedInOneThatIsMissing() async throws {
        try await Cluster.run { space in
            let path = "/api/v1/namespaces/none-\(space.namespace)/configmaps"
            let answer = try await space.client.post(path, Space.configMap("one"))
            expectFailure(answer, 404, "NotFound", saying: "namespaces \"none-\(space.namespace)\" not found")
        }
    }

    @Test func thereAreTheUsualOnes() async throws {
        try await Cluster.run { space in
            let names = try await space.client.get("/api/v1/namespaces").expecting(200).names
            for name in ["default", "kube-system", "kube-public", "kube-node-lease"] { #expect(names.contains(name)) }
            #expect(try await space.client.delete("/api/v1/namespaces/default").code == 403)
        }
    }

    @Test func whatIsInItGoesWithIt() async throws {
        try await CustomKind.run(spec: ["type": "object"]) { kind in
            let (space, client) = (kind.space, kind.client)
            let held = Space.configMap("held").with("metadata.finalizers", ["conformance.nest.dev/hold"])
            try await client.post(space.configMap(), held).expecting(201)
            try await space.createConfigMap("one")
            try await client.post(space.core("secrets"), ["metadata": ["name": "s"]]).expecting(201)
            try await kind.create("one")
            let path = "/api/v1/namespaces/\(space.namespace)"
            try await client.delete(path).expecting(200)
            let going = try await client.get(path).expecting(200)
            #expect(going.at("status.phase") == "Terminating" && going.metadata["deletionTimestamp"] != nil)
            // It is told a moment after the phase has changed on a cluster.
            try await Eventually.holds("nothing new is taken") {
                let late = try await client.post(space.configMap(), Space.configMap("late-\(Name.random())"))
                guard late.code != 201 else { return false }
                expectFailure(late, 403, "Forbidden", saying: "being terminated")
                #expect(late.body.at("details.causes.0.reason") == "NamespaceTerminating")
                return true
            }
            try await Eventually.holds("what holds nothing is gone", within: .seconds(90)) {
                let codes = [
                    try await client.get(space.configMap("one")).code, try await client.get(kind.path("one")).code,
                    try await client.get(space.core("secrets", "s")).code,
                ]
                return codes == [404, 404, 404]
            }
            #expect(try await client.get(path).code == 200, "an object is still in it")
            try await client.patch(space.configMap("held"), ["metadata": ["finalizers": nil]]).expecting(200)
            try await Eventually.holds("the namespace is gone", within: .seconds(90)) {
                try await client.get(path).code == 404
            }
        }
    }
}
