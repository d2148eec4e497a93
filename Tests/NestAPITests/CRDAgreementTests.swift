import Foundation
import KubeAPI
import NestAPI
import Testing
import Yams

/// The CRDs and the Swift types are one contract written twice; these tests hold them together.
@Suite struct CRDAgreementTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let plural: String
        let sample: JSONValue
        let decodedAgain: @Sendable (JSONValue) throws -> JSONValue
        var testDescription: String { plural }

        init<T: KubeObject>(_ sample: T) throws {
            plural = T.resource.plural
            self.sample = try JSONValue(encoding: Envelope(sample))
            decodedAgain = { try JSONValue(encoding: Envelope($0.decoded(as: T.self))) }
        }

        static let all: [Kind] = [
            try? Kind(Samples.deployment), try? Kind(Samples.replicaSet), try? Kind(Samples.sandbox),
            try? Kind(Samples.endpoints), try? Kind(Samples.node), try? Kind(Samples.pool),
            try? Kind(Samples.autoscaler),
        ].compactMap { $0 }
    }

    @Test func everyKindHasASampleAndACRD() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: CRDFile.directory)
        #expect(Set(files) == Set(Kind.all.map { "nest.dev_\($0.plural).yaml" }))
    }

    @Test(arguments: Kind.all) func namesAgree(_ kind: Kind) throws {
        let crd = try CRDFile(kind.plural)
        #expect(crd.json[["spec", "names", "kind"]] == kind.sample["kind"])
        #expect(crd.json[["spec", "names", "plural"]]?.stringValue == kind.plural)
        #expect(kind.sample["apiVersion"] == "nest.dev/v1alpha1")
        #expect(crd.json[["spec", "scope"]] == "Namespaced")
    }

    /// The sample sets every field, so its paths are the Swift type's fields.
    @Test(arguments: Kind.all) func fieldsAgree(_ kind: Kind) throws {
        let crd = try CRDFile(kind.plural)
        var inSchema = Set<String>()
        SchemaPaths.collect(crd.schema, at: "", into: &inSchema)
        var inSwift = Set<String>()
        SchemaPaths.collect(value: kind.sample, schema: crd.schema, at: "", into: &inSwift)
        #expect(inSchema.subtracting(inSwift) == [], "in the CRD, not in Swift")
        #expect(inSwift.subtracting(inSchema) == [], "in Swift, not in the CRD")
    }

    @Test(arguments: Kind.all) func everyFieldHasADescription(_ kind: Kind) throws {
        var bare: [String] = []
        SchemaPaths.findUndescribed(try CRDFile(kind.plural).schema, at: "", into: &bare)
        #expect(bare == [])
    }

    /// The Swift type reads an object without optional fields just as the server would have defaulted it.
    @Test(arguments: Kind.all) func defaultsAgree(_ kind: Kind) throws {
        let schema = try CRDFile(kind.plural).schema
        let minimal = SchemaPaths.minimal(kind.sample, schema: schema)
        let defaulted = SchemaPaths.defaulted(minimal, schema: schema)
        #expect(try kind.decodedAgain(minimal) == kind.decodedAgain(defaulted))
        // What the schema defaults is what Swift writes, too: nothing is lost between them.
        let written = try kind.decodedAgain(minimal)
        #expect(SchemaPaths.differences(defaulted, written) == [])
    }

    @Test func theTemplateIsTheSameInEachKind() throws {
        func properties(_ plural: String, _ path: [String]) throws -> [String: JSONValue] {
            let schema = try CRDFile(plural).schema
            return try #require(schema[path.flatMap { ["properties", $0] } + ["properties"]]?.objectValue)
        }
        let inDeployment = try properties("sandboxdeployments", ["spec", "template", "spec"])
        let inReplicaSet = try properties("sandboxreplicasets", ["spec", "template", "spec"])
        var inSandbox = try properties("sandboxes", ["spec"])
        #expect(inSandbox.removeValue(forKey: "nodeName") != nil)
        for other in [inReplicaSet, inSandbox] {
            #expect(SchemaPaths.differences(.object(inDeployment), .object(other)) == [])
            #expect(SchemaPaths.differences(.object(other), .object(inDeployment)) == [])
        }
    }
}
