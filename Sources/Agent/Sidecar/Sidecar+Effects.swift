import KubeAPI
import NestAPI
import Planning

extension Sidecar {
    /// Seconds until something that may appear or recover is looked for again.
    static let retrySeconds: Double = 5

    /// Starts or does what a plan asks for.
    ///
    /// Whatever may take long goes on by itself and brings the key back.
    /// - Returns: whether there may be a next step right now.
    func apply(_ effect: SandboxPlan.Effect, _ key: Key, _ object: Sandbox?) async -> Bool {
        switch effect {
        case .none, .release: return false
        case .prepare:
            guard let object else { return false }
            return await prepare(key, object)
        case .confirm:
            confirm(key)
            return false
        case .plug:
            guard let object else { return false }
            plug(key, object)
            return false
        case .replace(let replacement):
            await replace(key, replacement)
            return true
        case .unplug(let graceSeconds):
            await unplug(key, graceSeconds: graceSeconds)
            return false
        }
    }

    private func prepare(_ key: Key, _ object: Sandbox) async -> Bool {
        works[key]?.package = .fetching
        works[key]?.environment = .resolving
        Task {
            async let package = fetch(object)
            await resolve(key, object)
            await take(package, key, object)
            queue.add(key)
        }
        return false
    }

    private func resolve(_ key: Key, _ object: Sandbox) async {
        let resolver = EnvironmentResolver(client: client)
        do {
            let values = try await resolver.resolve(
                object, podName: configuration.podName, address: configuration.address)
            works[key]?.values = values
            works[key]?.valuesDigest = EnvironmentResolver.digest(values, of: object)
            works[key]?.environment = .ready
        } catch let missing as EnvironmentResolver.Missing {
            works[key]?.environment = .failed(missing.failure, retryAt: clock + Self.retrySeconds)
        } catch {
            let failure = SandboxObservation.Failure(reason: "EnvironmentNotRead", message: "\(error)")
            works[key]?.environment = .failed(failure, retryAt: clock + Self.retrySeconds)
        }
    }

    private func plug(_ key: Key, _ object: Sandbox) {
        guard let shim, var work = works[key] else { return }
        let start = SandboxStart(
            hasRun: work.hasPlugged || object.status.startTime != nil, wasParked: sockets.takeGiven(key.uid),
            mayPark: object.spec.standby != nil)
        if case .again(let withPod) = start {
            if withPod { work.endedWithPod(since: object.status.startTime) }
            work.restarts += 1
            work.wasReady = false
            work.startDeadline = clock + Double(object.spec.startupTimeoutSeconds)
        }
        work.hasPlugged = true
        work.outdated = nil
        work.isPlugging = true
        // The next start asks again, if it comes when the API server is silent.
        work.assignment = nil
        work.ended = nil
        work.mark("Plugged")
        works[key] = work
        let limit = max(1, (work.startDeadline ?? clock) - clock)
        let (runtime, directories) = (object.spec.runtime, [work.packageDirectory] + work.layerDirectories)
        var order = PlugOrder(
            uid: key.uid, name: "\(key.object)", runtime: object.spec.runtime, signature: object.spec.signature,
            handler: object.spec.handler, directory: work.packageDirectory,
            environment: Self.layers(work.layerDirectories).merging(work.values) { $1 },
            layers: work.layerDirectories.isEmpty ? nil : work.layerDirectories,
            memoryBytes: object.spec.resources.limits.memory.map { UInt64(max(0, $0.value)) },
            timeoutSeconds: object.spec.timeoutSeconds, startSeconds: limit, concurrency: object.spec.concurrency,
            function: identity(of: object), valuesDigest: work.valuesDigest,
            cpuMillis: object.spec.resources.limits.cpu.map { max(1, $0.milli) },
            idleSeconds: object.spec.standby?.idleSeconds, endsBefore: work.backOff.failures,
            requestBytes: object.spec.resources.requests.memory.map { UInt64(max(0, $0.value)) })
        order.wakeSeconds = Double(object.spec.startupTimeoutSeconds)
        if start == .stillParked { order.startsParked = true }
        order.compiled = compiledFiles(runtime, directories)
        send(order, key, to: shim) { $0.compileAhead(runtime, directories) }
    }

    private func send(
        _ order: PlugOrder, _ key: Key, to shim: ShimClient, whenLoaded: @escaping @Sendable (isolated Sidecar) -> Void
    ) {
        Task {
            do {
                let asked = clock
                let answer = try await shim.plug(order)
                await catchUp()
                if case .plugged(_, let report) = answer, report.state == .running {
                    metrics.plugged(seconds: clock - asked)
                    whenLoaded(self)
                }
                plugged(key, answer)
            } catch {
                // The shim is gone, and what this sidecar knows with it.
                works[key]?.isPlugging = false
            }
            queue.add(key)
            await reporter.update(sandboxes: works.count)
        }
    }

    private func identity(of object: Sandbox) -> FunctionIdentity {
        let labels = object.metadata.labels
        return FunctionIdentity(
            name: labels[NestGroup.deploymentLabel] ?? object.metadata.name, namespace: object.metadata.namespace,
            revision: labels[NestGroup.templateHashLabel] ?? "", sandbox: object.metadata.name)
    }

    private func plugged(_ key: Key, _ answer: ShimMessage) {
        guard var work = works[key] else { return }
        work.isPlugging = false
        switch answer {
        case .plugged(_, let report): work.take(report, now: clock)
        case .refused(_, let reason, let message):
            work.ended = .init(reason: reason, message: message)
            work.backOff.ended(at: clock, ran: 0)
        default: break
        }
        // The next start reads Secrets and ConfigMaps anew.
        work.environment = .absent
        works[key] = work
    }

    /// Gateways hear of it first, by the status.
    private func replace(_ key: Key, _ replacement: SandboxObservation.Replacement) async {
        works[key]?.replacement = replacement
        works[key]?.drainUntil = clock + configuration.drainSeconds
        guard let object = works[key]?.lastSeen else { return }
        let (failure, handler) = (replacement.failure, object.spec.handler)
        await recorder.record(
            on: object, type: replacement.isFault ? .warning : .normal,
            reason: replacement.isFault ? "Unhealthy" : failure.reason,
            message: String("\(failure.message) \(handler) is started again".prefix(1000)))
    }

    private func unplug(_ key: Key, graceSeconds: Int) async {
        guard let shim, works[key]?.isUnplugging == false else { return }
        guard works[key]?.report != nil || works[key]?.isPlugging == true else {
            works[key]?.ended = nil
            return queue.add(key)
        }
        works[key]?.isUnplugging = true
        let object = works[key]?.lastSeen
        if let object {
            await recorder.record(
                on: object, type: .normal, reason: "Killing",
                message: "Stopping \(object.spec.handler), which may take \(graceSeconds) s")
        }
        Task {
            let outcome = try? await shim.unplug(key.uid, graceSeconds: graceSeconds)
            await catchUp()
            await unplugged(key, outcome ?? UnplugOutcome(), object, graceSeconds)
        }
    }

    private func unplugged(_ key: Key, _ outcome: UnplugOutcome, _ object: Sandbox?, _ graceSeconds: Int) async {
        if outcome.wasKilled, let object {
            await recorder.record(
                on: object, type: .warning, reason: "Killed",
                message: "\(object.spec.handler) had not ended after \(graceSeconds) s and was killed")
        }
        let clock = clock
        if var work = works[key] {
            if let replacement = work.replacement {
                work.gaveWay(replacement, outcome, now: clock)
            } else {
                work.ended = nil
            }
            work.isUnplugging = false
            work.isPlugging = false
            work.report = nil
            works[key] = work
        }
        queue.add(key)
    }
}
