import KubeAPI
import NestAPI

extension SandboxTemplate {
    /// The name of this template among those of one deployment.
    ///
    /// FNV-1a over the JSON with sorted keys, in an alphabet that spells no words. The labels that a controller adds do
    /// not count. Source: kubernetes `pkg/controller/controller_utils.go`, `ComputeHash`.
    /// - Parameter collisions: how often the name of this deployment's template was already taken.
    /// - Returns: at most ten lower-case characters.
    /// - Throws: `EncodingError`, for a template that JSON cannot hold.
    public func hash(collisions: Int?) throws -> String {
        var hash: UInt32 = 2_166_136_261
        func mix(_ byte: UInt8) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        for byte in try JSONValue(encoding: withoutControllerLabels).serialized() { mix(byte) }
        if let collisions { for byte in String(collisions).utf8 { mix(byte) } }
        return GeneratedName.safeEncoded(String(hash))
    }

    /// Whether both run the same thing, whatever labels a controller has added (`util.EqualIgnoreHash`).
    public func isSame(as other: SandboxTemplate) -> Bool {
        withoutControllerLabels == other.withoutControllerLabels
    }

    var withoutControllerLabels: SandboxTemplate {
        var bare = self
        bare.metadata.labels[NestGroup.templateHashLabel] = nil
        bare.metadata.labels[NestGroup.deploymentLabel] = nil
        return bare
    }
}
