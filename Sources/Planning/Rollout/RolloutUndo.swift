import KubeAPI
import NestAPI

/// What `rollout undo` does to a deployment.
///
/// Source: kubernetes `kubectl/pkg/polymorphichelpers/rollback.go`.
public enum RolloutUndo: Sendable, Equatable {
    /// Nothing is to be done, and why.
    case skip(String)
    case rollBack(to: RolloutHistory.Revision)

    /// - Parameters:
    ///   - deployment: as it is.
    ///   - history: of the deployment.
    ///   - number: the revision to go back to; 0: the one before the newest.
    ///   - onlyShows: whether nothing will be written, which is also allowed of a paused deployment.
    /// - Throws: `RolloutError`, when there is nothing to go back to or it may not be done now.
    public init(
        of deployment: SandboxDeployment, history: RolloutHistory, to number: Int64, onlyShows: Bool = false
    ) throws(RolloutError) {
        let name = deployment.metadata.name
        let revision = number == 0 ? history.revisions.dropLast().last : history[number]
        guard let revision else {
            throw RolloutError(
                number == 0
                    ? "no rollout history found for deployment \"\(name)\""
                    : "unable to find specified revision \(number) in history")
        }
        guard onlyShows || !deployment.spec.paused else {
            throw RolloutError(
                "you cannot rollback a paused deployment; resume it first with 'kubectl nest rollout resume sbd/\(name)' "
                    + "and try again")
        }
        if !onlyShows, revision.template.isSame(as: deployment.spec.template) {
            self = .skip("skipped rollback (current template already matches revision \(number))")
        } else {
            self = .rollBack(to: revision)
        }
    }

    /// The merge patch that asks the controller for a revision.
    public static func patch(revision: Int64) -> JSONValue { ["spec": ["rollbackTo": ["revision": .int(revision)]]] }

    /// Whether the controller has taken in a request to go back.
    /// - Returns: nil while it has not; false when it has, but the template is another.
    public static func outcome(_ deployment: SandboxDeployment, wanted: RolloutHistory.Revision) -> Bool? {
        guard deployment.spec.rollbackTo == nil else { return nil }
        return deployment.spec.template.isSame(as: wanted.template)
    }
}
