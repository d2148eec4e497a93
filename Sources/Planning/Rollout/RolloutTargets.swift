import NestAPI

/// The SandboxDeployments that a rollout verb is about.
public enum RolloutTargets: Sendable, Equatable {
    case names([String])
    /// All of a namespace that a selector matches; nil: all.
    case matching(String?)

    /// Reads `sbd/NAME…`, `sbd NAME…` or `sbd`, with any of the kind's names.
    ///
    /// Source: kubernetes `cli-runtime/pkg/resource/builder.go`, `ResourceTypeOrNameArgs`.
    /// - Throws: `RolloutError`, for what names no SandboxDeployment.
    public init(_ arguments: [String], selector: String?) throws(RolloutError) {
        guard let first = arguments.first else { throw RolloutError("required resource not specified") }
        var names: [String] = []
        if first.contains("/") {
            for argument in arguments { names.append(try Self.name(argument)) }
        } else {
            try Self.check(kind: first)
            names = Array(arguments.dropFirst())
            guard !names.contains(where: { $0.contains("/") }) else {
                throw RolloutError(
                    "there is no need to specify a resource type as a separate argument when passing arguments in "
                        + "resource/name form (e.g. 'sbd/NAME' instead of 'sbd sbd/NAME')")
            }
        }
        guard selector == nil || names.isEmpty else {
            throw RolloutError("name cannot be provided when a selector is specified")
        }
        self = names.isEmpty ? .matching(selector) : .names(names)
    }

    private static func name(_ argument: String) throws(RolloutError) -> String {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw RolloutError("arguments in resource/name form must have a single resource and name")
        }
        try check(kind: String(parts[0]))
        return String(parts[1])
    }

    private static func check(kind: String) throws(RolloutError) {
        let resource = SandboxDeployment.resource
        let words = ["sbd", resource.kind.lowercased(), resource.plural]
        let suffixes = ["", ".\(resource.group)", ".\(resource.version).\(resource.group)"]
        let isKnown = words.contains { word in suffixes.contains { word + $0 == kind.lowercased() } }
        guard isKnown else {
            throw RolloutError(
                "\"\(kind)\" has no rollout here: give sbd/NAME (a SandboxDeployment); for Deployments, DaemonSets and "
                    + "StatefulSets use kubectl rollout")
        }
    }
}

extension SandboxDeployment {
    /// As kubectl names an object when it says what became of it.
    public var printedName: String { "\(Self.resource.kind.lowercased()).\(Self.resource.group)/\(metadata.name)" }

    /// As kubectl names an object when it says what is wrong with it.
    var quotedName: String { "\(Self.resource.plural).\(Self.resource.group) \"\(metadata.name)\"" }
}
