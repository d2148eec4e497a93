import NIOCore
import NestAPI
import Planning

/// The hosts of one runtime.
///
/// Belongs to the shim's event loop.
final class RuntimePool {
    /// What the shim finds it by: the runtime's name; of hosts that preload, one that no runtime has.
    let key: String
    let spec: ResourcePoolSpec.Runtime
    /// How its hosts are started, or why they cannot be.
    let manifest: Result<RuntimeManifest, SystemError>
    var plan: HostPool
    /// Empty until a host has booted.
    var version = ""
    var failure: String?
    /// Empty hosts; those that take more, where hosts hold many sandboxes.
    var idle: [Host] = []
    /// Sandboxes without a host, the oldest first.
    var waiting: [SandboxRecord] = []
    /// Sandboxes on hosts that take no more, which serve until another host has them.
    var moving: [SandboxRecord] = []
    var timer: Scheduled<Void>?
    /// What its hosts load when they have booted.
    var layerSet: LayerSet?
    /// A host has loaded it.
    var isPreloaded = false
    /// How many modules that were.
    var preloadedModules = 0
    /// Why shared hosts have not.
    var preloadFailure: String?
    /// Sandboxes ask for it by its name.
    var isPlain: Bool { key == spec.name }
    var isShared: Bool { plan.isShared }

    init(spec: ResourcePoolSpec.Runtime, directory: String) {
        key = spec.name
        self.spec = spec
        manifest = Result { () throws(SystemError) in try RuntimeManifest.read(spec.name, in: directory) }
        plan = HostPool(prewarmed: spec.prewarmed, isShared: (try? manifest.get())?.sandboxes == .many)
    }

    /// Hosts of another pool's runtime, each of one sandbox, that have loaded some layers.
    init(_ set: LayerSet, of plain: RuntimePool) {
        key = Self.layeredKey(plain.spec.name)
        spec = plain.spec
        manifest = plain.manifest
        plan = HostPool(prewarmed: plain.spec.prewarmed)
        layerSet = set
    }

    static func layeredKey(_ runtime: String) -> String { runtime + "/layers" }

    var report: RuntimeReport {
        RuntimeReport(name: spec.name, version: version, idle: idle.count, failure: failure)
    }
}
