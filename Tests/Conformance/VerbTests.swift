import KubeAPI
import TestProcesses
import Testing

/// Verbs, status codes and the Status objects that explain them (api-conventions, "HTTP Status codes", "Response Status Kind").
@Suite struct VerbTests {
    @Test func anObjectIsCreatedReadReplacedAndDeleted() async throws {
        try await Cluster.run { space in
            let created = try await space.createConfigMap("one")
            #expect(created["kind"] == "ConfigMap" && created["apiVersion"] == "v1")
            #expect(created["data"] == ["a": "1"])
            let read = try await space.client.get(space.configMap("one"))
            #expect(try read.expecting(200) == created)
            #expect(read.header("content-type")?.hasPrefix("application/json") == true)

            let replaced = try await space.client.put(space.configMap("one"), created.with("data", ["b": "2"]))
            #expect(try replaced.expecting(200)["data"] == ["b": "2"])
            #expect(try await space.client.get(space.configMap("one")).expecting(200) == replaced.body)

            let deleted = try await space.client.delete(space.configMap("one")).expecting(200)
            #expect(deleted["kind"] == "Status" && deleted["status"] == "Success")
            #expect(deleted.at("details.name") == "one" && deleted.at("details.kind") == "configmaps")
            #expect(deleted.at("details.uid") == .string(created.uid))
            expectFailure(try await space.client.get(space.configMap("one")), 404, "NotFound")
        }
    }

    @Test func aMissingObjectIsNamed() async throws {
        try await Cluster.run { space in
            let path = space.configMap("none")
            let answers = [
                try await space.client.get(path), try await space.client.delete(path),
                try await space.client.put(path, Space.configMap("none")),
                try await space.client.patch(path, ["data": ["a": "b"]]),
            ]
            for answer in answers {
                expectFailure(answer, 404, "NotFound", saying: "configmaps \"none\" not found")
                #expect(answer.body.at("details.name") == "none" && answer.body.at("details.kind") == "configmaps")
            }
        }
    }

    @Test func aNameIsGivenOnce() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            let again = try await space.client.post(space.configMap(), Space.configMap("one"))
            expectFailure(again, 409, "AlreadyExists", saying: "configmaps \"one\" already exists")
        }
    }

    @Test(arguments: [("POST", "one"), ("PUT", nil), ("PATCH", nil)])
    func aVerbThatThePathDoesNotHaveIsRefused(_ method: String, _ name: String?) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.send(method, space.configMap(name), body: Space.configMap("one"))
            expectFailure(answer, 405, "MethodNotAllowed")
        }
    }

    @Test(arguments: [
        "/api/v1/unknowns", "/api/v2/configmaps", "/apis/unknown.example.com/v1/things", "/apis/apps/v0/deployments",
        "/unknown",
    ])
    func anUnknownPathIsNotFound(_ path: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(path)
            #expect(answer.code == 404)
        }
    }

    /// What a server makes of a body that it cannot take.
    @Test(
        arguments: [
            ("{", "application/json", 400, "BadRequest"),
            ("not json", "application/json", 400, "BadRequest"),
            (#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}"#, "application/json", 400, "BadRequest"),
            (
                #"{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"x"}}"#, "application/json", 400,
                "BadRequest"
            ),
            (#"{"metadata":{"name":"x","namespace":"elsewhere"}}"#, "application/json", 400, "BadRequest"),
            (#"{"metadata":{"name":"x"},"data":{"a":1}}"#, "application/json", 400, "BadRequest"),
            (#"{"metadata":{"name":"x"},"data":[]}"#, "application/json", 400, "BadRequest"),
            ("x", "text/plain", 415, "UnsupportedMediaType"),
        ] as [(String, String, Int, String)])
    func aBodyThatDoesNotFitIsRefused(_ raw: String, _ type: String, _ code: Int, _ reason: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.send("POST", space.configMap(), raw: raw, type: type)
            expectFailure(answer, code, reason)
            #expect(try await space.client.get(space.configMap("x")).code == 404)
        }
    }

    @Test func aBodyMustBelongToItsPath() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            let other = try await space.client.put(space.configMap("one"), Space.configMap("two"))
            expectFailure(other, 400, "BadRequest")
            let elsewhere = Space.configMap("one").with("metadata.namespace", "elsewhere")
            expectFailure(try await space.client.put(space.configMap("one"), elsewhere), 400, "BadRequest")
        }
    }

    @Test func aFormThatIsNotServedIsNotAcceptable() async throws {
        try await Cluster.run { space in
            let answer = try await space.client.send("GET", space.configMap(), accept: "text/csv")
            #expect(answer.code == 406)
        }
    }

    @Test func aCollectionIsDeletedBySelector() async throws {
        try await Cluster.run { space in
            for name in ["a", "b", "c"] {
                try await space.createConfigMap(name, labels: ["part": name == "c" ? "kept" : "gone"])
            }
            let selector: KeyValuePairs = ["labelSelector": "part=gone"]
            try await space.client.delete(space.configMap(), nil, selector).expecting(200)
            let left = try await space.client.get(space.configMap(), ["labelSelector": "part"]).expecting(200)
            #expect(left.names == ["c"])
        }
    }

    /// Causes name the field by its path, so that a client can show it.
    @Test func whatIsInvalidIsExplainedByField() async throws {
        try await Cluster.run { space in
            let bad = Space.configMap("one", ["not a key": "x"], labels: ["-": "x"])
            let answer = try await space.client.post(space.configMap(), bad)
            expectFailure(answer, 422, "Invalid", field: "metadata.labels", saying: "ConfigMap \"one\" is invalid")
            #expect(answer.blamedFields.contains("data[not a key]"))
            for cause in answer.body.at("details.causes")?.arrayValue ?? [] {
                #expect(cause["reason"]?.stringValue?.hasPrefix("FieldValue") == true)
                #expect(cause["message"]?.stringValue?.isEmpty == false)
            }
        }
    }

    @Test func aBodyBeyondAnyObjectIsRefused() async throws {
        try await Cluster.run { space in
            let large = Space.configMap("large", ["a": String(repeating: "x", count: 4 << 20)])
            let answer = try await space.client.post(space.configMap(), large)
            #expect([413, 422].contains(answer.code), "\(answer.text.prefix(300))")
            #expect(try await space.client.get(space.configMap("large")).code == 404)
        }
    }

    @Test func onlyWhoIsKnownIsLetIn() async throws {
        try await Cluster.run { space in
            var stranger = space.client
            stranger.token = "no-such-token"
            if space.client.token != nil {
                expectFailure(try await stranger.get(space.configMap()), 401, "Unauthorized")
            }
            let anonymous = try space.client.anonymous()
            let answer = try await anonymous.get(space.configMap())
            let written = try await anonymous.post(space.configMap(), Space.configMap("stranger"))
            await anonymous.shutdown()
            // A cluster may know the anonymous user, but lets it do nothing.
            for answer in [answer, written] { #expect([401, 403].contains(answer.code)) }
            if Cluster.isEmbedded { expectFailure(answer, 401, "Unauthorized") }
            #expect(try await space.client.get(space.configMap("stranger")).code == 404)
        }
    }
}
