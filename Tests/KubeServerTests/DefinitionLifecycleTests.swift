import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// CustomResourceDefinitions that come, change and go while the server runs.
@Suite struct DefinitionLifecycleTests {
    private static let merge = "application/merge-patch+json"
    private static let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private static let things = "/apis/example.com/v1/namespaces/default/things"

    private static func crd(
        _ plural: String = "things", kind: String = "Thing", versions: String, short: String = "[]"
    ) throws -> JSONValue {
        try YAML.value(
            of: """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: \(plural).example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: \(plural), kind: \(kind), shortNames: \(short)}
                  versions: \(versions)
                """)
    }

    private static func version(
        _ name: String, _ properties: String, storage: Bool = true, served: Bool = true, extra: String = ""
    ) -> String {
        "{name: \(name), served: \(served), storage: \(storage), \(extra) schema: {openAPIV3Schema: {type: object, "
            + "properties: {spec: {type: object, properties: {\(properties)}}}}}}"
    }

    private static func thing(_ name: String, _ spec: JSONValue, version: String = "v1") -> JSONValue {
        [
            "apiVersion": .string("example.com/\(version)"), "kind": "Thing", "metadata": ["name": .string(name)],
            "spec": spec,
        ]
    }

    private func change(_ test: TestServer, _ crd: JSONValue) async throws -> RawReply {
        try await test.request(
            "PATCH", "\(Self.crds)/\(crd.name)", ["spec": crd["spec"] ?? .null], type: Self.merge)
    }

    @Test func aChangedSchemaHoldsAtOnceForWhatIsStoredToo() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kubeserver-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestServer.run(directory: folder) { test in
            let first = try Self.crd(versions: "[\(Self.version("v1", "a: {type: string}, b: {type: string}"))]")
            #expect(try await test.request("POST", Self.crds, first).code == 201)
            let old = try await test.request("POST", Self.things, Self.thing("x", ["a": "1", "b": "2"])).body
            try await test.watch(Self.things + "?watch=1&resourceVersion=\(old.resourceVersion ?? "")") { next in
                let second = try Self.crd(
                    versions: "[\(Self.version("v1", "a: {type: string}, c: {type: string, default: new}"))]")
                #expect(try await change(test, second).code == 200)
                #expect(try await next() == nil, "an open watch ends: its client lists again")
            }
            let read = try await test.request("GET", Self.things + "/x").body
            #expect(read["spec"] == ["a": "1", "c": "new"])
            #expect(read.resourceVersion == old.resourceVersion)
            let refused = try await test.request(
                "POST", Self.things + "?fieldValidation=Strict", Self.thing("y", ["b": "2"]))
            #expect(refused.text.contains("unknown field \\\"spec.b\\\""), "\(refused.text)")
            try await test.watch(Self.things + "?watch=1&resourceVersion=\(old.resourceVersion ?? "")") { next in
                let event = try await next()
                #expect(event?["object"]?["code"] == 410, "what it would replay had the old form")
            }
        }
        try await TestServer.run(directory: folder) { test in
            let read = try await test.request("GET", Self.things + "/x").body
            #expect(read["spec"] == ["a": "1", "c": "new"], "also after a restart, though nothing was written")
        }
    }

    @Test func oneObjectInSeveralVersions() async throws {
        try await TestServer.run { test in
            let beta = Self.version(
                "v1beta1", "a: {type: string}, old: {type: string}", storage: false, extra: "deprecated: true,")
            let crd = try Self.crd(versions: "[\(beta), \(Self.version("v1", "a: {type: string, default: d}"))]")
            #expect(try await test.request("POST", Self.crds, crd).code == 201)
            let betas = Self.things.replacing("v1/", with: "v1beta1/")
            let created = try await test.request(
                "POST", betas, Self.thing("x", ["a": "1", "old": "2"], version: "v1beta1"))
            #expect(created.body["apiVersion"] == "example.com/v1beta1")
            #expect(
                created.headers["warning"]
                    == "299 - \"example.com/v1beta1 Thing is deprecated; use example.com/v1 Thing\"")
            let stable = try await test.request("GET", Self.things + "/x")
            #expect(stable.headers["warning"] == nil)
            #expect(stable.body["apiVersion"] == "example.com/v1")
            #expect(stable.body["spec"] == ["a": "1"], "it is stored as v1, which does not know the field")
            // A write that changes nothing is none, whatever version it comes in.
            var again = try await test.request("GET", betas + "/x").body
            #expect(again["apiVersion"] == "example.com/v1beta1")
            again.set("1", at: ["spec", "a"])
            let same = try await test.request("PUT", betas + "/x", again)
            #expect(same.body.resourceVersion == stable.body.resourceVersion)
            for (path, version) in [(Self.things, "v1"), (betas, "v1beta1")] {
                #expect(
                    try await test.request("GET", path).body["items"]?.arrayValue?.first?["apiVersion"]
                        == .string("example.com/\(version)"))
                try await test.watch(path + "?watch=1&resourceVersion=0") { next in
                    let event = try await next()
                    #expect(event?["object"]?["apiVersion"] == .string("example.com/\(version)"))
                }
            }
            #expect(
                try await test.request("POST", Self.things, Self.thing("y", [:], version: "v1beta1")).text.contains(
                    "does not match the expected API version"))
        }
    }

    @Test func storedVersionsStayUntilTheyAreMigrated() async throws {
        try await TestServer.run { test in
            let fields = "a: {type: string}"
            let path = "\(Self.crds)/things.example.com"
            let one = try Self.crd(versions: "[\(Self.version("v1", fields))]")
            #expect(try await test.request("POST", Self.crds, one).code == 201)
            _ = try await test.request("POST", Self.things, Self.thing("x", ["a": "1"]))
            let two = Self.version("v2", fields)
            let both = try Self.crd(versions: "[\(Self.version("v1", fields, storage: false)), \(two)]")
            #expect(try await change(test, both).body["status"]?["storedVersions"] == ["v1", "v2"])
            let only = try Self.crd(versions: "[\(two)]")
            let refused = try await change(test, only)
            #expect(refused.code == 422)
            #expect(
                refused.text.contains("status.storedVersions[0]: Invalid value: \\\"v1\\\": missing from spec.versions")
            )
            // As people migrate: write everything again, then say so.
            let object = try await test.request("GET", Self.things + "/x").body
            let written = try await test.request("PUT", Self.things + "/x", object).body
            #expect(written.resourceVersion != object.resourceVersion, "it is stored in another version now")
            let status = try await test.request(
                "PATCH", path + "/status", ["status": ["storedVersions": ["v2"]]], type: Self.merge)
            #expect(status.code == 200, "\(status.text)")
            #expect(try await change(test, only).code == 200)
            #expect(try await test.request("GET", Self.things + "/x").code == 404, "v1 is no longer served")
            let twos = Self.things.replacing("v1/", with: "v2/")
            #expect(try await test.request("GET", twos + "/x").body["spec"] == ["a": "1"])
        }
    }

    @Test func namesGoToWhoHasThemFirst() async throws {
        try await TestServer.run { test in
            let versions = "[\(Self.version("v1", "a: {type: string}"))]"
            #expect(
                try await test.request("POST", Self.crds, try Self.crd(versions: versions, short: "[th]")).code == 201)
            let late = try Self.crd("others", kind: "Other", versions: versions, short: "[th]")
            let waiting = try await test.request("POST", Self.crds, late).body
            #expect(!CRDStatus.isTrue("Established", in: waiting))
            #expect(try await test.request("GET", "/apis/example.com/v1/others").code == 404)
            let stolen = try await test.request(
                "PATCH", "\(Self.crds)/things.example.com", ["spec": ["names": ["kind": "Other"]]], type: Self.merge)
            #expect(stolen.text.contains("spec.names.kind: Invalid value: \\\"Other\\\": field is immutable"))
            _ = try await test.request("DELETE", "\(Self.crds)/things.example.com")
            try await eventually {
                let crd = try await test.request("GET", "\(Self.crds)/others.example.com").body
                return CRDStatus.isTrue("Established", in: crd) && CRDStatus.isTrue("NamesAccepted", in: crd)
            }
            #expect(try await test.request("GET", "/apis/example.com/v1/others").code == 200)
        }
    }

    @Test func aDefinitionGoesAfterItsObjects() async throws {
        try await TestServer.run { test in
            let versions =
                "[\(Self.version("v1", "a: {type: string}")), "
                + "\(Self.version("v2", "a: {type: string}", storage: false, served: false))]"
            _ = try await test.request("POST", Self.crds, try Self.crd(versions: versions))
            var held = Self.thing("held", [:])
            held.setMetadata("finalizers", ["example.com/hold"])
            #expect(try await test.request("POST", Self.things, held).code == 201)
            let path = "\(Self.crds)/things.example.com"
            let marked = try await test.request("DELETE", path).body
            #expect(CRDStatus.isTrue("Terminating", in: marked))
            try await eventually {
                try await test.request("GET", path).text.contains("CustomResource deletion is in progress")
            }
            let refused = try await test.request("POST", Self.things, Self.thing("y", [:]))
            #expect(refused.code == 405)
            #expect(
                refused.body["message"] == "create not allowed while custom resource definition is terminating")
            _ = try await test.request(
                "PATCH", Self.things + "/held", ["metadata": ["finalizers": nil]], type: Self.merge)
            try await eventually { try await test.request("GET", path).code == 404 }
            #expect(try await test.request("GET", Self.things).code == 404)
            #expect(test.server.store.list("things.example.com", ObjectFilter()).objects.isEmpty)
        }
    }

    @Test func aBrokenDefinitionIsRefusedAndChangesNothing() async throws {
        try await TestServer.run { test in
            let good = try Self.crd(versions: "[\(Self.version("v1", "a: {type: string}"))]")
            let created = try await test.request("POST", Self.crds, good).body
            let bad = try await change(test, try Self.crd(versions: "[\(Self.version("v1", "a: {description: x}"))]"))
            #expect(bad.code == 422)
            #expect(
                bad.text.contains("properties[a].type: Required value: must not be empty for specified object fields"))
            let now = try await test.request("GET", "\(Self.crds)/things.example.com").body
            #expect(now.resourceVersion == created.resourceVersion)
            let strict = try await test.request(
                "PATCH", "\(Self.crds)/things.example.com?fieldValidation=Strict",
                ["spec": ["versions": [["name": "v1", "srved": true]]]], type: Self.merge)
            #expect(strict.text.contains("unknown field \\\"spec.versions[0].srved\\\""), "\(strict.text)")
        }
    }
}
