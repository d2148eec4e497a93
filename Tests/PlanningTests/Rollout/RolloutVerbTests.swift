import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// What `nest rollout` says and sends; the words are kubectl's.
@Suite struct RolloutVerbTests {
    struct Target: Sendable {
        var arguments: [String]
        var selector: String?
        var targets: RolloutTargets?
        var refusal = ""
    }

    @Test(arguments: [
        Target(arguments: ["sbd/a"], targets: .names(["a"])),
        Target(arguments: ["sbd", "a", "b"], targets: .names(["a", "b"])),
        Target(arguments: ["sandboxdeployment/a", "sandboxdeployments.nest.dev/b"], targets: .names(["a", "b"])),
        Target(arguments: ["sandboxdeployments.v1alpha1.nest.dev", "a"], targets: .names(["a"])),
        Target(arguments: ["SandboxDeployment/a"], targets: .names(["a"])),
        Target(arguments: ["sbd"], targets: .matching(nil)),
        Target(arguments: ["sbd"], selector: "app=a", targets: .matching("app=a")),
        Target(arguments: [], refusal: "required resource not specified"),
        Target(arguments: ["sbd", "a"], selector: "app=a", refusal: "name cannot be provided when a selector"),
        Target(arguments: ["sbd/a"], selector: "app=a", refusal: "name cannot be provided when a selector"),
        Target(arguments: ["deployment/a"], refusal: "\"deployment\" has no rollout here"),
        Target(arguments: ["a"], refusal: "\"a\" has no rollout here"),
        Target(arguments: ["sbd", "sbd/a"], refusal: "there is no need to specify a resource type"),
        Target(arguments: ["sbd/a/b"], refusal: "must have a single resource and name"),
        Target(arguments: ["sbd/"], refusal: "must have a single resource and name"),
    ])
    func namesAreReadAsKubectlReadsThem(_ row: Target) throws {
        guard let targets = row.targets else {
            let error = #expect(throws: RolloutError.self) {
                try RolloutTargets(row.arguments, selector: row.selector)
            }
            #expect(error?.description.contains(row.refusal) == true, "\(error?.description ?? "")")
            return
        }
        #expect(try RolloutTargets(row.arguments, selector: row.selector) == targets)
    }

    struct Progress: Sendable {
        /// updated, all, available; of three that are wanted.
        var counts: (Int, Int, Int)
        var reason = "ReplicaSetUpdated"
        var observed: Int64 = 1
        var revision: Int64 = 0
        var progress: RolloutProgress
    }

    /// `TestDeploymentStatusViewerStatus` of kubernetes, and what a CRD adds.
    @Test(arguments: [
        Progress(
            counts: (0, 1, 0),
            progress: .waiting(
                "Waiting for deployment \"hello\" rollout to finish: 0 out of 3 new replicas have been updated...")),
        Progress(
            counts: (3, 4, 3),
            progress: .waiting(
                "Waiting for deployment \"hello\" rollout to finish: 1 old replicas are pending termination...")),
        Progress(
            counts: (3, 3, 1),
            progress: .waiting(
                "Waiting for deployment \"hello\" rollout to finish: 1 of 3 updated replicas are available...")),
        Progress(counts: (3, 3, 3), progress: .done("deployment \"hello\" successfully rolled out")),
        Progress(
            counts: (3, 3, 3), observed: 0, progress: .waiting("Waiting for deployment spec update to be observed...")),
        Progress(
            counts: (1, 3, 2), reason: "ProgressDeadlineExceeded",
            progress: .failed("deployment \"hello\" exceeded its progress deadline\nwhy")),
        Progress(counts: (0, 0, 0), reason: "InvalidSelector", progress: .failed("why")),
        Progress(
            counts: (3, 3, 3), revision: 1,
            progress: .failed("desired revision (1) is different from the running revision (2)")),
        Progress(counts: (3, 3, 3), revision: 2, progress: .done("deployment \"hello\" successfully rolled out")),
    ])
    func statusIsSaidInKubectlsWords(_ row: Progress) {
        var deployment = SandboxDeployment.sample(replicas: 3)
        deployment.metadata.annotations[NestGroup.revisionAnnotation] = "2"
        deployment.status.observedGeneration = row.observed
        (deployment.status.updatedReplicas, deployment.status.replicas, deployment.status.availableReplicas) =
            row.counts
        deployment.status.conditions = [
            Condition(
                type: "Progressing", status: .unknown, reason: row.reason, message: "why", lastTransitionTime: noon)
        ]
        #expect(RolloutProgress(of: deployment, revision: row.revision) == row.progress)
    }

    private static func history(_ deployment: SandboxDeployment) throws -> RolloutHistory {
        var sets = [
            try deployment.set(0, replicas: 0), try deployment.set(9, replicas: 1, isNew: true),
            try deployment.set(1, replicas: 0), try deployment.set(4, replicas: 0),
        ]
        sets[0].metadata.annotations[NestGroup.changeCauseAnnotation] = "first try"
        sets[3].metadata.ownerReferences = []
        return RolloutHistory(of: deployment, replicaSets: sets)
    }

    @Test func historyListsRevisionsAndTheirCauses() throws {
        let history = try Self.history(.sample(replicas: 1))
        #expect(
            try history.text() == """
                REVISION  CHANGE-CAUSE
                1         first try
                2         <none>
                10        <none>

                """)
        let detail = try history.text(revision: 1)
        #expect(detail.hasPrefix("Sandbox Template:\n  Labels:       app=hello\n"))
        #expect(detail.contains("  Annotations:  kubernetes.io/change-cause: first try\n"))
        #expect(detail.contains("  Handler:      index.old0\n"))
        #expect(detail.contains("  Package:      inline (index.js)\n"))
        let error = #expect(throws: RolloutError.self) { try history.text(revision: 3) }
        #expect(error?.description == "unable to find the specified revision")
        #expect(
            try RolloutHistory(of: .sample(replicas: 1), replicaSets: []).text() == "No rollout history found.")
    }

    struct Undo: Sendable {
        var to: Int64
        var isPaused = false
        var onlyShows = false
        var revision: Int64?
        var words = ""
    }

    @Test(arguments: [
        Undo(to: 0, revision: 2), Undo(to: 1, revision: 1),
        Undo(to: 10, words: "skipped rollback (current template already matches revision 10)"),
        Undo(to: 10, onlyShows: true, revision: 10),
        Undo(to: 5, words: "unable to find specified revision 5 in history"),
        Undo(
            to: 0, isPaused: true,
            words:
                "you cannot rollback a paused deployment; resume it first with 'kubectl nest rollout resume sbd/hello'"
                + " and try again"),
        Undo(to: 0, isPaused: true, onlyShows: true, revision: 2),
    ])
    func undoFindsTheRevision(_ row: Undo) throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.paused = row.isPaused
        let history = try Self.history(deployment)
        do throws(RolloutError) {
            switch try RolloutUndo(of: deployment, history: history, to: row.to, onlyShows: row.onlyShows) {
            case .skip(let words): #expect(words == row.words && row.revision == nil)
            case .rollBack(let revision): #expect(revision.number == row.revision)
            }
        } catch {
            #expect(error.description == row.words)
        }
    }

    @Test func undoIsDoneOnceTheControllerHasTakenItIn() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        let revision = try #require(try Self.history(deployment)[1])
        #expect(RolloutUndo.patch(revision: 1) == ["spec": ["rollbackTo": ["revision": 1]]])
        deployment.spec.rollbackTo = RollbackTarget(revision: 1)
        #expect(RolloutUndo.outcome(deployment, wanted: revision) == nil)
        deployment.spec.rollbackTo = nil
        #expect(RolloutUndo.outcome(deployment, wanted: revision) == false)
        deployment.spec.template.spec.handler = "index.old0"
        #expect(RolloutUndo.outcome(deployment, wanted: revision) == true)
    }

    struct Edit: Sendable {
        var edit: RolloutEdit
        var isPaused: Bool
        var patch: JSONValue?
        var refusal = ""
    }

    private static let restart: JSONValue = [
        "spec": ["template": ["metadata": ["annotations": ["nest.dev/restartedAt": "2027-01-15T08:00:00Z"]]]]
    ]

    @Test(arguments: [
        Edit(edit: .pause, isPaused: false, patch: ["spec": ["paused": true]]),
        Edit(edit: .pause, isPaused: true, refusal: "sandboxdeployments.nest.dev \"hello\" is already paused"),
        Edit(edit: .resume, isPaused: true, patch: ["spec": ["paused": false]]),
        Edit(edit: .resume, isPaused: false, refusal: "sandboxdeployments.nest.dev \"hello\" is not paused"),
        Edit(edit: .restart, isPaused: false, patch: restart),
        Edit(
            edit: .restart, isPaused: true,
            refusal: "sandboxdeployments.nest.dev \"hello\" can't restart paused deployment (run rollout resume first)"),
    ])
    func smallChangesArePatches(_ row: Edit) throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.paused = row.isPaused
        do throws(RolloutError) {
            #expect(try row.edit.patch(deployment, now: noon) == row.patch)
        } catch {
            #expect(error.description == row.refusal)
        }
        guard row.edit == .restart, !row.isPaused else { return }
        deployment.spec.template.metadata.annotations[NestGroup.restartedAtAnnotation] = noon.description
        #expect(throws: RolloutError.self) { try row.edit.patch(deployment, now: noon) }
    }

    @Test func objectsAreNamedAsKubectlNamesThem() {
        #expect(SandboxDeployment.sample(replicas: 1).printedName == "sandboxdeployment.nest.dev/hello")
    }
}
