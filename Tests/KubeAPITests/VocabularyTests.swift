import FoundationEssentials
import KubeAPI
import Testing

@Suite struct VocabularyTests {
    @Test(arguments: [
        (IntOrPercent.percent(25), 4, 1, 1), (.percent(25), 10, 3, 2), (.percent(0), 10, 0, 0), (.count(3), 10, 3, 3),
        (.percent(100), 7, 7, 7), (.percent(25), 0, 0, 0), (.percent(1), 1, 1, 0),
    ])
    func percentagesRound(_ value: IntOrPercent, _ total: Int, _ up: Int, _ down: Int) {
        #expect(value.resolved(of: total, rounding: .up) == up)
        #expect(value.resolved(of: total, rounding: .down) == down)
    }

    @Test(
        arguments: [
            (LabelSelector(), [:], true),
            (LabelSelector(matchLabels: ["a": "b"]), ["a": "b", "c": "d"], true),
            (LabelSelector(matchLabels: ["a": "b"]), ["a": "c"], false),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .in, values: ["b", "c"])]), ["a": "c"], true),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .in, values: ["b"])]), [:], false),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .notIn, values: ["b"])]), [:], true),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .notIn, values: ["b"])]), ["a": "b"], false),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .exists)]), ["a": ""], true),
            (LabelSelector(matchExpressions: [.init(key: "a", operator: .doesNotExist)]), ["a": ""], false),
        ] as [(LabelSelector, [String: String], Bool)])
    func selectorsMatch(_ selector: LabelSelector, _ labels: [String: String], _ expected: Bool) {
        #expect(selector.matches(labels) == expected)
    }

    @Test func selectorsReadAsText() {
        let selector = LabelSelector(
            matchLabels: ["b": "2", "a": "1"],
            matchExpressions: [
                .init(key: "c", operator: .in, values: ["x", "y"]), .init(key: "d", operator: .notIn, values: ["z"]),
                .init(key: "e", operator: .exists), .init(key: "f", operator: .doesNotExist),
            ])
        #expect(selector.description == "a=1,b=2,c in (x,y),d notin (z),e,!f")
    }

    @Test func aConditionKeepsItsTransitionTimeWhileItsStatusStays() {
        let (early, late) = (Timestamp(seconds: 1), Timestamp(seconds: 2))
        var conditions = [Condition(type: "Ready", status: .no, reason: "A", lastTransitionTime: early)]
        conditions.set(Condition(type: "Ready", status: .no, reason: "B", lastTransitionTime: late))
        #expect(conditions["Ready"]?.reason == "B")
        #expect(conditions["Ready"]?.lastTransitionTime == early)
        conditions.set(Condition(type: "Ready", status: .yes, reason: "C", lastTransitionTime: late))
        #expect(conditions["Ready"]?.lastTransitionTime == late)
        #expect(conditions.isTrue("Ready") && !conditions.isTrue("Other"))
    }

    @Test func pathsFollowTheConventions() {
        #expect(Pod.resource.path(namespace: "a", name: "b", subresource: "log") == "/api/v1/namespaces/a/pods/b/log")
        #expect(Pod.resource.path() == "/api/v1/pods")
        #expect(Namespace.resource.path(namespace: "x", name: "y") == "/api/v1/namespaces/y")
        #expect(Lease.resource.path(namespace: "a") == "/apis/coordination.k8s.io/v1/namespaces/a/leases")
    }

    @Test func anEnvelopeNamesTheType() throws {
        let lease = Lease(metadata: ObjectMeta(name: "l", namespace: "n"), spec: .init(holderIdentity: "me"))
        let json = try JSONValue(encoding: Envelope(lease))
        #expect(
            json == [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "l", "namespace": "n"],
                "spec": ["holderIdentity": "me"],
            ])
        #expect(try json.decoded(as: Envelope<Lease>.self).object == lease)
    }

    @Test func aStatusReadsAndWrites() throws {
        let status = Status(
            code: 422, reason: "Invalid", message: "no",
            details: .init(name: "x", causes: [.init(reason: "FieldValueInvalid", message: "m", field: "spec.a")]))
        let json = try JSONValue(encoding: status)
        #expect(json["kind"] == "Status" && json["status"] == "Failure" && json["code"] == 422)
        #expect(try json.decoded(as: Status.self) == status)
    }
}
