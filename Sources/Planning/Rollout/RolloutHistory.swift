import KubeAPI
import NestAPI

/// The revisions of a deployment that can be gone back to, and the current one.
///
/// Source: kubernetes `kubectl/pkg/polymorphichelpers/history.go`.
public struct RolloutHistory: Sendable, Equatable {
    public struct Revision: Sendable, Equatable {
        public var number: Int64
        public var changeCause: String?
        public var template: SandboxTemplate
    }

    /// The oldest first.
    public let revisions: [Revision]

    /// - Parameters:
    ///   - deployment: whose history.
    ///   - replicaSets: any; those of others, and those without a number, do not count.
    public init(of deployment: SandboxDeployment, replicaSets: [SandboxReplicaSet]) {
        revisions = replicaSets.filter { $0.metadata.controller?.uid == deployment.metadata.uid && $0.revision > 0 }
            .map { set in
                Revision(
                    number: set.revision, changeCause: set.metadata.annotations[NestGroup.changeCauseAnnotation],
                    template: set.spec.template)
            }
            .sorted { $0.number < $1.number }
    }

    public subscript(number: Int64) -> Revision? { revisions.first { $0.number == number } }

    /// What `rollout history` shows: all revisions, or one in full.
    /// - Throws: `RolloutError`, when there is no such revision.
    public func text(revision number: Int64 = 0) throws(RolloutError) -> String {
        guard !revisions.isEmpty else { return "No rollout history found." }
        guard number > 0 else {
            let width = max("REVISION".count, revisions.map { "\($0.number)".count }.max() ?? 0) + 2
            return
                (["REVISION".padded(to: width) + "CHANGE-CAUSE"]
                + revisions.map { "\($0.number)".padded(to: width) + ($0.changeCause ?? "<none>") })
                .map { $0 + "\n" }.joined()
        }
        guard let revision = self[number] else { throw RolloutError("unable to find the specified revision") }
        return revision.text
    }
}

extension RolloutHistory.Revision {
    /// The template, as `kubectl describe` would show it.
    public var text: String {
        let spec = template.spec
        let annotations = template.metadata.annotations.merging(
            changeCause.map { [NestGroup.changeCauseAnnotation: $0] } ?? [:]
        ) { $1 }
        let inline = spec.package.inline.map { "inline (\($0.keys.sorted().joined(separator: ", ")))" }
        let rows: [(String, [String])] = [
            ("Labels", template.metadata.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }),
            ("Annotations", annotations.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }),
            ("Pool", [spec.pool]), ("Runtime", [spec.runtime]), ("Signature", [spec.signature]),
            ("Handler", [spec.handler]), ("Package", [inline ?? spec.package.url ?? ""]),
            ("SHA-256", spec.package.sha256.map { [$0] } ?? []), ("Layers", spec.layers.map(\.url)),
            ("Environment", spec.env.map { "\($0.name): \($0.value ?? "<from a Secret or ConfigMap>")" }),
        ]
        let width = (rows.map(\.0.count).max() ?? 0) + 3
        let lines = rows.flatMap { title, values in
            values.enumerated().map { index, value in
                "  " + (index == 0 ? "\(title):" : "").padded(to: width) + value + "\n"
            }
        }
        return "Sandbox Template:\n" + lines.joined()
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
