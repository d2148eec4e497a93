import Foundation
import KubeAPI

/// What the built-in kinds do beyond what every resource does.
extension ResourceDefinition {
    static let crdFinalizer = "customresourcecleanup.apiextensions.k8s.io"
    static let namespaceFinalizer = "kubernetes"

    /// Completes an object that is about to be created.
    ///
    /// - Parameters:
    ///   - object: what the client sent.
    ///   - taken: for a CustomResourceDefinition, the names that others in its group have.
    ///   - now: the time.
    func completeCreation(_ object: inout JSONValue, taken: CRDStatus.TakenNames, now: Timestamp) {
        switch behaviour {
        case .namespace:
            object.set(.string(object.name), at: ["metadata", "labels", "kubernetes.io/metadata.name"])
            object.set([.string(Self.namespaceFinalizer)], at: ["spec", "finalizers"])
            object["status"] = ["phase": "Active"]
        case .pod:
            completePod(&object)
            object["status"] = ["phase": "Pending"]
        case .secret: completeSecret(&object)
        case .customResourceDefinition:
            CustomResource.applyDefaults(to: &object)
            object.setFinalizers(object.finalizers + [Self.crdFinalizer])
            CRDStatus.update(&object, taken: taken, now: now)
        case .plain, .configMap, .serviceAccount, .review, .absent: break
        }
    }

    /// Completes an object whose main part is about to be updated.
    func completeUpdate(
        _ object: inout JSONValue, old: JSONValue, taken: CRDStatus.TakenNames, now: Timestamp
    ) {
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
            CRDStatus.update(&object, taken: taken, now: now)
        case .plain, .configMap, .serviceAccount, .review, .absent: break
        }
    }

    /// What is wrong with an object that fits its schema.
    ///
    /// - Parameters:
    ///   - object: as it is to be.
    ///   - old: as it is; nil for a creation.
    /// - Returns: the errors; empty when there are none.
    func errors(in object: JSONValue, old: JSONValue?) -> [FieldError] {
        switch behaviour {
        case .customResourceDefinition:
            // What was once accepted may stay as it is.
            if object["spec"] == old?["spec"] { return DefinitionRules.storedVersionErrors(object) }
            return DefinitionRules.errors(in: object)
                + (old.map { DefinitionRules.updateErrors(object, old: $0) } ?? [])
        case .configMap: return DataRules.configMapErrors(object, old: old)
        case .secret: return DataRules.secretErrors(object, old: old)
        case .plain, .pod, .namespace, .serviceAccount, .review, .absent: return []
        }
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
}
