import Foundation
import KubeAPI

/// What the built-in kinds do beyond what every resource does.
extension ResourceDefinition {
    static let crdFinalizer = "customresourcecleanup.apiextensions.k8s.io"

    /// Completes an object that is about to be created.
    func completeCreation(_ object: inout JSONValue, now: Timestamp) {
        switch behaviour {
        case .namespace:
            object.set(.string(object.name), at: ["metadata", "labels", "kubernetes.io/metadata.name"])
            object.set(["kubernetes"], at: ["spec", "finalizers"])
            object["status"] = ["phase": "Active"]
        case .pod:
            completePod(&object)
            object["status"] = ["phase": "Pending"]
        case .secret: completeSecret(&object)
        case .customResourceDefinition:
            CustomResource.applyDefaults(to: &object)
            object.setFinalizers(object.finalizers + [Self.crdFinalizer])
            setCRDStatus(&object, now: now)
        case .plain: break
        }
    }

    /// Completes an object whose main part is about to be updated.
    func completeUpdate(_ object: inout JSONValue, old: JSONValue, now: Timestamp) {
        switch behaviour {
        case .namespace:
            object.set(.string(object.name), at: ["metadata", "labels", "kubernetes.io/metadata.name"])
            object["spec"] = old["spec"]
        case .pod: completePod(&object)
        case .secret: completeSecret(&object)
        case .customResourceDefinition:
            CustomResource.applyDefaults(to: &object)
            // Without it, the definition could go before its objects; only their removal takes it off.
            if !old.isBeingDeleted, !object.finalizers.contains(Self.crdFinalizer) {
                object.setFinalizers(object.finalizers + [Self.crdFinalizer])
            }
            setCRDStatus(&object, now: now)
        case .plain: break
        }
    }

    /// What is wrong with an object that fits its schema.
    func errors(in object: JSONValue) -> [FieldError] {
        guard behaviour == .customResourceDefinition else { return [] }
        return CustomResource.errors(in: object)
    }

    private func completePod(_ pod: inout JSONValue) {
        if pod["spec"]?["restartPolicy"] == nil { pod.set("Always", at: ["spec", "restartPolicy"]) }
        if pod["spec"]?["terminationGracePeriodSeconds"] == nil {
            pod.set(30, at: ["spec", "terminationGracePeriodSeconds"])
        }
    }

    private func completeSecret(_ secret: inout JSONValue) {
        if secret["type"] == nil { secret["type"] = "Opaque" }
        guard let plain = secret["stringData"]?.objectValue else { return }
        var data = secret["data"]?.objectValue ?? [:]
        for (key, value) in plain {
            data[key] = .string(Data((value.stringValue ?? "").utf8).base64EncodedString())
        }
        secret["data"] = .object(data)
        secret["stringData"] = nil
    }

    private func setCRDStatus(_ crd: inout JSONValue, now: Timestamp) {
        let since = crd["status"]?["conditions"]?.arrayValue?.first?["lastTransitionTime"]
        let time = since ?? .string(now.wholeSeconds.description)
        func condition(_ type: String, _ reason: String, _ message: String) -> JSONValue {
            [
                "type": .string(type), "status": "True", "reason": .string(reason), "message": .string(message),
                "lastTransitionTime": time,
            ]
        }
        var versions = crd["status"]?["storedVersions"]?.arrayValue ?? []
        for version in crd["spec"]?["versions"]?.arrayValue ?? [] where version["storage"] == true {
            if let name = version["name"], !versions.contains(name) { versions.append(name) }
        }
        crd["status"] = [
            "conditions": [
                condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
            "acceptedNames": crd["spec"]?["names"] ?? .object([:]),
            "storedVersions": .array(versions),
        ]
    }
}
