import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct ScalerStateTests {
    /// Autoscalers, their targets and one gateway.
    struct Rig {
        var state: ScalerState
        var second = 0
        var usage = ScalingUsage()

        init() {
            state = ScalerState(zones: .utc)
            state.board.follow("g")
        }

        mutating func add(_ name: String, replicas: Int = 0, ready: Int? = nil, generation: Int64 = 1) {
            var deployment = SandboxDeployment(
                metadata: ObjectMeta(name: name, namespace: "default"),
                spec: SandboxDeploymentSpec(
                    replicas: replicas, selector: LabelSelector(matchLabels: ["app": name]),
                    template: SandboxTemplate(
                        spec: SandboxTemplateSpec(handler: "a.b", package: PackageSource(inline: ["a.js": ""])))))
            deployment.metadata.generation = generation
            deployment.status.replicas = replicas
            deployment.status.readyReplicas = ready ?? replicas
            state.see(deployment)
        }

        static func autoscaler(
            _ name: String, target: String? = nil, created: Int64 = 0,
            _ change: (inout SandboxAutoscalerSpec) -> Void = { _ in }
        ) -> SandboxAutoscaler {
            var spec = SandboxAutoscalerSpec(target: target ?? name, maxReplicas: 20)
            change(&spec)
            var autoscaler = SandboxAutoscaler(metadata: ObjectMeta(name: name, namespace: "default"), spec: spec)
            autoscaler.metadata.creationTimestamp = Timestamp(seconds: created)
            autoscaler.metadata.generation = 1
            return autoscaler
        }

        static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

        @discardableResult
        mutating func round(_ loads: [String: Double] = [:], waiting: [String: Int] = [:]) -> ScalerState.Round {
            second += 1
            let functions = Set(loads.keys).union(waiting.keys).map { name in
                GatewayReading.Function(
                    namespace: "default", name: name, concurrency: loads[name] ?? 0, requests: 1,
                    waiting: waiting[name] ?? 0)
            }
            let line = GatewayReading(gateway: "g", seconds: 1, functions: functions)
            _ = state.board.take(line, from: "g", at: .seconds(second))
            return state.round(now: .seconds(second), time: noon.adding(seconds: Double(second))) { _ in usage }
        }

        func condition(_ name: String, _ type: String = "Ready") -> Condition? {
            state.status(Self.key(name), time: noon)?.status.conditions[type]
        }
    }

    @Test func aTargetIsToldOnceAndAgainWhenSomeoneElseSaidOtherwise() throws {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("hello"))
        let key = Rig.key("hello")
        #expect(rig.round(["hello": 500]).scale == [key])
        let write = try #require(rig.state.scaling(key))
        #expect((write.from, write.to) == (1, 8))
        #expect(write.event.reason == "ScaledUp")
        #expect(write.event.message == "Scaled hello from 1 to 8: 500 requests at once, at 70 a sandbox")
        rig.state.wrote(write, time: noon)
        #expect(rig.round(["hello": 500]).scale == [])
        #expect(rig.state.scaling(key) == nil)
        // The cache shows another status, then the number, then what a user wants.
        rig.add("hello", replicas: 1, generation: 1)
        #expect(rig.round(["hello": 500]).scale == [])
        rig.add("hello", replicas: 8, generation: 2)
        #expect(rig.round(["hello": 500]).scale == [])
        rig.add("hello", replicas: 3, generation: 3)
        #expect(rig.round(["hello": 500]).scale == [key])
    }

    /// What was written may be in the cache before the answer is.
    @Test func anAnswerThatIsLateHidesNothing() throws {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("hello"))
        rig.round(["hello": 500])
        let write = try #require(rig.state.scaling(Rig.key("hello")))
        rig.add("hello", replicas: 8, generation: 2)
        rig.state.wrote(write, time: noon)
        rig.add("hello", replicas: 2, generation: 3)
        #expect(rig.round(["hello": 500]).scale == [Rig.key("hello")])
    }

    @Test func whoWaitsIsWokenAtOnce() throws {
        var rig = Rig()
        rig.add("hello")
        rig.add("plain")
        rig.state.see(Rig.autoscaler("hello"))
        for _ in 0..<5 { rig.round() }
        let line = GatewayReading(
            gateway: "g", seconds: 0,
            functions: ["hello", "plain", "other"].map {
                .init(namespace: "default", name: $0, concurrency: 1, requests: 0, waiting: 1)
            })
        let waiting = rig.state.board.take(line, from: "g", at: .seconds(5))
        #expect(waiting.count == 3)
        let woken = rig.state.wake(waiting, now: .seconds(5), time: noon)
        #expect(woken == [Rig.key("hello")], "what has no autoscaler is left alone")
        let write = try #require(rig.state.scaling(Rig.key("hello")))
        #expect(write.to == 1)
        #expect(write.event.message == "Scaled hello from 0 to 1: 1 request waits, and nothing serves")
        rig.state.wrote(write, time: noon)
        #expect(rig.state.wake(waiting, now: .seconds(5), time: noon) == [])
    }

    @Test func whoWaitsBeforeTheFirstRoundIsWokenToo() {
        var rig = Rig()
        rig.add("hello")
        rig.state.see(Rig.autoscaler("hello"))
        let line = GatewayReading(
            gateway: "g", seconds: 0,
            functions: [.init(namespace: "default", name: "hello", concurrency: 1, requests: 0, waiting: 1)])
        let waiting = rig.state.board.take(line, from: "g", at: .zero)
        #expect(rig.state.wake(waiting, now: .zero, time: noon) == [Rig.key("hello")])
    }

    @Test func theOlderOfTwoScales() {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("b", target: "hello", created: 5))
        rig.state.see(Rig.autoscaler("a", target: "hello", created: 9))
        #expect(rig.round(["hello": 500]).scale == [Rig.key("b")])
        #expect(rig.condition("b")?.status == .yes)
        #expect(rig.condition("a")?.reason == "TargetTaken")
        #expect(
            rig.condition("a")?.message
                == "SandboxDeployment \"hello\" is scaled by SandboxAutoscaler \"b\", which is older: delete one of the two."
        )
        #expect(rig.condition("a", "Active")?.reason == "TargetTaken")
        rig.state.forget(Rig.key("b"))
        #expect(rig.round(["hello": 500]).scale == [Rig.key("a")])
        #expect(rig.condition("a")?.status == .yes)
    }

    @Test func aTargetThatIsNotThereIsSaid() {
        var rig = Rig()
        rig.state.see(Rig.autoscaler("a", target: "gone"))
        #expect(rig.round().report == [Rig.key("a")])
        #expect(
            rig.condition("a")?.message
                == "There is no SandboxDeployment \"gone\" in namespace \"default\": create it, or correct "
                + "spec.scaleTargetRef.name.")
        rig.add("gone", replicas: 1)
        rig.round()
        #expect(rig.condition("a")?.reason == "TargetFound")
        rig.state.forgetTarget(Rig.key("gone"))
        rig.round()
        #expect(rig.condition("a")?.reason == "TargetNotFound")
    }

    @Test func aScheduleThatCannotBeIsSaidAndTheRestGoesOn() {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(
            Rig.autoscaler("hello") {
                $0.schedules = [.init(name: "never", cron: "0 0 30 2 *", durationSeconds: 60, minReplicas: 9)]
            })
        #expect(rig.round(["hello": 500]).scale == [Rig.key("hello")])
        #expect(
            rig.condition("hello")?.message
                == "In spec.schedules, schedule 'never': cron '0 0 30 2 *': no month of it has such a day, so it never "
                + "begins. All else is followed.")
    }

    @Test func whatIsMissingIsSaid() throws {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("hello"))
        rig.round(["hello": 1])
        #expect(rig.condition("hello", "Active")?.reason == "Observing")
        for _ in 0..<61 { rig.round(["hello": 1]) }
        #expect(rig.condition("hello", "Active")?.reason == "AllKnown")
        rig.state.board.follow("other")
        rig.round(["hello": 1])
        #expect(
            rig.condition("hello", "Active")?.message
                == "Gateway other does not tell of requests. It may add sandboxes, but takes none away.")
        rig.state.board.forget("other")
        rig.state.board.forget("g")
        rig.round()
        #expect(rig.condition("hello", "Active")?.reason == "NoGateway")
        rig.state.board.follow("g")
        rig.state.see(Rig.autoscaler("hello") { $0.metrics = [.init(.cpu, targetPercent: 50)] })
        rig.round()
        #expect(rig.condition("hello", "Active")?.reason == "NoUsage")
        rig.usage.cpu.lacksRequest = true
        rig.state.usageChanged(of: Rig.key("hello"))
        rig.round()
        #expect(rig.condition("hello", "Active")?.message.contains("resources.requests.cpu") == true)
    }

    @Test func usageIsAskedForWhenItHasChanged() {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("hello") { $0.metrics = [.init(.cpu, targetPercent: 50)] })
        rig.usage.cpu = .init(percent: 100, isComplete: true)
        #expect(rig.round(["hello": 1]).scale.count == 1)
        rig.usage.cpu = .init(percent: 500, isComplete: true)
        rig.round(["hello": 1])
        #expect(rig.state.scaling(Rig.key("hello"))?.to == 2)
        rig.state.usageChanged(of: Rig.key("hello"))
        for _ in 0..<120 { rig.round(["hello": 1]) }
        #expect(rig.state.scaling(Rig.key("hello"))?.to == 10)
    }

    @Test func statusSaysWhatIsSeenAndNotTooOften() throws {
        var rig = Rig()
        rig.add("hello", replicas: 1)
        rig.state.see(Rig.autoscaler("hello"))
        let key = Rig.key("hello")
        var reports: [Int] = []
        for second in 1...60 {
            if rig.round(["hello": Double(second)]).report == [key] {
                reports.append(second)
                rig.state.wroteStatus(try #require(rig.state.status(key, time: noon)))
            }
        }
        #expect(reports.first == 1)
        #expect(zip(reports, reports.dropFirst()).allSatisfy { $1 - $0 >= 5 })
        #expect(reports.count > 5)
        // Another number is told at once, when it is written.
        rig.round(["hello": 4000])
        rig.state.wrote(try #require(rig.state.scaling(key)), time: noon)
        #expect(rig.round(["hello": 4000]).report == [key])
        let status = try #require(rig.state.status(key, time: noon)).status
        #expect(status.desiredReplicas > 1)
        #expect(status.currentReplicas == 1)
        #expect(status.observedGeneration == 1)
        #expect(status.currentMetrics.map(\.type) == [.concurrency])
        #expect(status.conditions.map(\.type) == ["Ready", "Active", "ScalingLimited"])
    }

    @Test func whatDoesNotChangeIsNotWritten() throws {
        var rig = Rig()
        rig.add("hello")
        rig.state.see(Rig.autoscaler("hello"))
        var reports = 0
        for _ in 0..<600 where rig.round().report == [Rig.key("hello")] {
            reports += 1
            rig.state.wroteStatus(try #require(rig.state.status(Rig.key("hello"), time: noon)))
        }
        // Once when it begins, once when it has seen a window.
        #expect(reports == 2)
    }

    @Test func whoBeginsToLeadKnowsNothingOfLoads() {
        var rig = Rig()
        rig.add("hello", replicas: 5)
        rig.state.see(Rig.autoscaler("hello"))
        for _ in 0..<120 { rig.round(["hello": 300]) }
        rig.state.begin()
        rig.state.board.follow("g")
        for _ in 0..<59 { #expect(rig.round().scale == []) }
    }

    /// 50 ms at most in a release build; a debug build takes far longer.
    @Test func aRoundOfTenThousandIsShort() {
        var rig = Rig()
        for index in 0..<10_000 {
            rig.add("f\(index)", replicas: index % 3)
            rig.state.see(Rig.autoscaler("f\(index)"))
        }
        let loads = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("f\($0)", Double($0 % 50)) })
        rig.round(loads)
        #expect(processorSeconds { rig.round(loads) } < 2)
    }

    @Test func fewReportsInOneRound() {
        var rig = Rig()
        for index in 0..<500 {
            rig.add("f\(index)", replicas: 1)
            rig.state.see(Rig.autoscaler("f\(index)"))
        }
        for key in rig.round().report {
            if let autoscaler = rig.state.status(key, time: noon) { rig.state.wroteStatus(autoscaler) }
        }
        let loads = Dictionary(uniqueKeysWithValues: (0..<500).map { ("f\($0)", 20.0) })
        for _ in 0..<20 { #expect(rig.round(loads).report.count <= StatusPace.reportsInRound) }
    }
}
