import KubeAPI
import TestProcesses
import Testing

/// What a server tells of itself: groups, resources, schemas, version, health.
@Suite struct DiscoveryTests {
    private static let spec: JSONValue = [
        "type": "object", "description": "What is wanted.",
        "properties": ["size": ["type": "integer", "description": "How large."]],
    ]
    private static let full = CustomKind.version(
        spec: spec, status: ["type": "object", "properties": ["size": ["type": "integer"]]],
        extra: [
            "subresources": [
                "status": [:], "scale": ["specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"],
            ]
        ])

    @Test(arguments: ["/healthz", "/livez", "/readyz"]) func itIsWell(_ path: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.send("GET", path, accept: "*/*")
            #expect(answer.code == 200 && answer.text == "ok")
        }
    }

    @Test func itHasAVersion() async throws {
        try await Cluster.run { space in
            let version = try await space.client.get("/version").expecting(200)
            #expect(version["major"] == "1" && version["gitVersion"]?.stringValue?.hasPrefix("v1.") == true)
            #expect(version["minor"]?.stringValue?.isEmpty == false && version["platform"]?.stringValue != nil)
        }
    }

    @Test func theCoreGroupIsListed() async throws {
        try await Cluster.run { space in
            let versions = try await space.client.get("/api").expecting(200)
            #expect(versions["kind"] == "APIVersions" && versions["versions"] == ["v1"])
            let list = try await space.client.get("/api/v1").expecting(200)
            #expect(list["kind"] == "APIResourceList" && list["groupVersion"] == "v1")
            let resources = list["resources"]?.arrayValue ?? []
            let maps = try #require(resources.first { $0["name"] == "configmaps" })
            #expect(maps["kind"] == "ConfigMap" && maps["namespaced"] == true && maps["singularName"] == "configmap")
            #expect(maps["shortNames"] == ["cm"])
            let verbs = Set((maps["verbs"]?.arrayValue ?? []).compactMap(\.stringValue))
            #expect(verbs == ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"])
            let spaces = try #require(resources.first { $0["name"] == "namespaces" })
            #expect(spaces["namespaced"] == false && spaces["shortNames"] == ["ns"])
            for name in ["secrets", "events", "serviceaccounts", "pods", "pods/status", "namespaces/status"] {
                #expect(resources.contains { $0["name"]?.stringValue == name }, "\(name)")
            }
        }
    }

    @Test func aCustomGroupIsDiscovered() async throws {
        try await CustomKind.run(versions: [Self.full]) { kind in
            let groups = try await kind.client.get("/apis").expecting(200)
            #expect(groups["kind"] == "APIGroupList")
            let found = (groups["groups"]?.arrayValue ?? []).first { $0["name"]?.stringValue == kind.group }
            let version: JSONValue = ["groupVersion": .string("\(kind.group)/v1"), "version": "v1"]
            #expect(found?["versions"] == [version] && found?["preferredVersion"] == version)
            let group = try await kind.client.get("/apis/\(kind.group)").expecting(200)
            #expect(group["kind"] == "APIGroup" && group["versions"] == [version])
            let list = try await kind.client.get("/apis/\(kind.group)/v1").expecting(200)
            let resources = list["resources"]?.arrayValue ?? []
            #expect(
                Set(resources.compactMap { $0["name"]?.stringValue }) == ["widgets", "widgets/status", "widgets/scale"])
            let main = resources.first { $0["name"] == "widgets" }
            #expect(main?["kind"] == "Widget" && main?["categories"] == [.string(kind.category)])
            let scale = resources.first { $0["name"] == "widgets/scale" }
            #expect(scale?["kind"] == "Scale" && scale?["group"] == "autoscaling" && scale?["version"] == "v1")
        }
    }

    @Test(arguments: ["v2", "v2beta1"]) func everythingIsDiscoveredAtOnce(_ version: String) async throws {
        try await CustomKind.run(versions: [Self.full]) { kind in
            let form = "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
            let answer = try await kind.client.send("GET", "/apis", accept: form + ",application/json")
            let all = try answer.expecting(200)
            // Newer servers no longer know the beta; they answer with the plain list then.
            guard version == "v2" || all["kind"] == "APIGroupDiscoveryList" else {
                #expect(all["kind"] == "APIGroupList")
                return
            }
            #expect(answer.header("content-type")?.contains("as=APIGroupDiscoveryList") == true)
            #expect(all["kind"] == "APIGroupDiscoveryList")
            let group = try #require(all.items.first { $0.name == kind.group })
            let served = try #require(group["versions"]?.arrayValue?.first)
            #expect(served["version"] == "v1" && served["freshness"] == "Current")
            let resource = try #require(served["resources"]?.arrayValue?.first)
            #expect(resource["resource"] == "widgets" && resource["scope"] == "Namespaced")
            #expect(
                resource.at("responseKind.kind") == "Widget" && resource.at("responseKind.group") == .string(kind.group)
            )
            let parts = (resource["subresources"]?.arrayValue ?? []).compactMap { $0["subresource"]?.stringValue }
            #expect(Set(parts) == ["status", "scale"])
            let core = try await kind.client.send("GET", "/api", accept: form + ",application/json").expecting(200)
            #expect(core.items.first?["versions"]?.arrayValue?.first?["version"] == "v1")
        }
    }

    @Test func openAPIv3DescribesWhatIsServed() async throws {
        try await CustomKind.run(versions: [Self.full]) { kind in
            let entry = "apis/\(kind.group)/v1"
            // A cluster publishes new schemas after a moment.
            try await Eventually.holds("\(entry) is in the index", within: .seconds(60)) {
                try await kind.client.get("/openapi/v3").expecting(200)["paths"]?[entry] != nil
            }
            let index = try await kind.client.get("/openapi/v3").expecting(200)
            let place = try #require(index["paths"]?[entry]?["serverRelativeURL"]?.stringValue)
            #expect(place.hasPrefix("/openapi/v3/\(entry)?hash="))
            #expect(index["paths"]?["api/v1"] != nil)
            let document = try await kind.client.get("/openapi/v3/\(entry)").expecting(200)
            #expect(document["openapi"]?.stringValue?.hasPrefix("3.0") == true)
            let path = "/apis/\(kind.group)/v1/namespaces/{namespace}/widgets/{name}"
            #expect(document["paths"]?[path]?["get"] != nil && document["paths"]?[path]?["patch"] != nil)
            let schemas = document.at("components.schemas")?.objectValue ?? [:]
            let schema = try #require(
                schemas.values.first {
                    $0["x-kubernetes-group-version-kind"]?.arrayValue?.contains {
                        $0["group"]?.stringValue == kind.group && $0["kind"] == "Widget"
                    } == true
                })
            #expect(schema.at("properties.spec.properties.size.description") == "How large.")
            #expect(schema.at("properties.metadata") != nil && schema.at("properties.apiVersion.type") == "string")
            let core = try await kind.client.get("/openapi/v3/api/v1").expecting(200)
            let names = (core.at("components.schemas")?.objectValue ?? [:]).keys
            #expect(names.contains { $0.hasSuffix(".ConfigMap") } && names.contains { $0.hasSuffix(".Namespace") })
        }
    }

    @Test func openAPIv2DescribesItToo() async throws {
        try await CustomKind.run(versions: [Self.full]) { kind in
            try await Eventually.holds("the kind is described", within: .seconds(60)) {
                let document = try await kind.client.get("/openapi/v2").expecting(200)
                #expect(document["swagger"] == "2.0")
                let found = (document["definitions"]?.objectValue ?? [:]).values.contains { schema in
                    schema["x-kubernetes-group-version-kind"]?.arrayValue?.contains {
                        $0["group"]?.stringValue == kind.group && $0["kind"] == "Widget"
                    } == true && schema.at("properties.spec.properties.size.type") == "integer"
                }
                let paths = document["paths"]?.objectValue ?? [:]
                return found && paths["/apis/\(kind.group)/v1/namespaces/{namespace}/widgets/{name}"] != nil
            }
        }
    }
}
