import NIOCore
import Planning

/// Layers that hosts load before any sandbox comes.
extension Shim {
    /// The longest that a host may take to load them.
    static let preloadSeconds = 60.0

    /// Keeps hosts that have loaded these layers: beside the plain ones, as many; of shared hosts, all.
    ///
    /// A pod's list does not change: only the first time counts. Runtimes whose manifest does not say that they can are left out.
    /// - Parameter directories: of the unpacked layers, in the pool's order.
    public func preload(_ directories: [String]) {
        guard !isStopping, !directories.isEmpty else { return }
        let set = LayerSet(directories: directories)
        for pool in pools.values where pool.isPlain && (try? pool.manifest.get())?.preloads == true {
            if pool.isShared { preload(set, shared: pool) } else { keepHosts(of: set, beside: pool) }
        }
    }

    private func keepHosts(of set: LayerSet, beside pool: RuntimePool) {
        let layered = RuntimePool(set, of: pool)
        guard pools[layered.key] == nil else { return }
        pools[layered.key] = layered
        refill(layered)
    }

    private func preload(_ set: LayerSet, shared pool: RuntimePool) {
        guard pool.layerSet == nil else { return }
        pool.layerSet = set
        for host in pool.idle { tellLayers(host, of: pool) }
        let limit = Self.preloadSeconds
        _ = after(limit) { [key = pool.key] shim in
            guard let pool = shim.pools[key], !pool.isPreloaded else { return }
            pool.preloadFailure = "no host has loaded them within \(Int(limit)) s"
            shim.tell(.runtimeChanged(shim.report(pool)))
        }
    }

    /// Gives the layers to a host that has just booted.
    /// - Returns: whether it is to load them before it is of use.
    func startPreload(_ host: Host, _ pool: RuntimePool) -> Bool {
        guard pool.layerSet != nil else { return false }
        tellLayers(host, of: pool)
        guard !host.isShared else { return false }
        host.state = .preloading
        host.deadline = after(Self.preloadSeconds) { [id = host.id] in $0.hosts[id]?.kill() }
        return true
    }

    private func tellLayers(_ host: Host, of pool: RuntimePool) {
        guard let set = pool.layerSet else { return }
        var order = HostOrder(type: "preload")
        order.layers = set.directories
        order.env = set.environment.merging(ownEnvironment(of: host)) { $1 }
        do { try tell(host, order) } catch { host.kill() }
    }

    func preloaded(_ host: Host, _ said: HostMessage.Preloaded) {
        guard let pool = pools[host.runtime] else { return }
        for module in said.skipped {
            logger.warning(
                "a module was not preloaded: \(module.message)",
                metadata: ["runtime": "\(pool.spec.name)", "module": "\(module.module)"])
        }
        pool.isPreloaded = true
        pool.preloadFailure = nil
        pool.preloadedModules = said.modules
        host.reads = said.reads
        if host.isShared { tell(.runtimeChanged(report(pool))) } else { opened(host, pool) }
    }

    /// Gives those who wait and have the layers the hosts that have loaded them.
    ///
    /// Nobody waits for such a host: a plain one that loads the modules itself is there no later.
    func serveLayered(_ pool: RuntimePool) {
        guard let layered = pools[RuntimePool.layeredKey(pool.spec.name)], let set = layered.layerSet else { return }
        for record in pool.waiting {
            let order = record.order
            let index = layered.idle.firstIndex {
                set.admits(layers: order.layers ?? [], environment: order.environment, reads: $0.reads)
            }
            guard let index else { continue }
            let host = layered.idle.remove(at: index)
            layered.plan.taken(now: clock)
            pool.waiting.removeAll { $0 === record }
            load(record, on: host)
        }
    }

    /// Boots what a runtime's hosts of either kind lack.
    func refill(runtime: String) {
        for key in [runtime, RuntimePool.layeredKey(runtime)] { if let pool = pools[key] { refill(pool) } }
    }

    /// The pool in which sandboxes of the runtime wait.
    func plainPool(_ pool: RuntimePool) -> RuntimePool { pools[pool.spec.name] ?? pool }

    /// What is told of the runtime that a pool is of.
    func report(_ pool: RuntimePool) -> RuntimeReport {
        let plain = plainPool(pool)
        var report = plain.report
        let preloading = plain.isShared ? plain : pools[RuntimePool.layeredKey(plain.spec.name)]
        guard let preloading, preloading.layerSet != nil else { return report }
        report.preload = RuntimeReport.Preload(
            isDone: preloading.isPreloaded, idle: preloading.idle.count, modules: preloading.preloadedModules,
            failure: preloading.isPlain ? preloading.preloadFailure : preloading.failure)
        return report
    }
}
