import NIOCore
import NestAPI
import Planning

/// The hosts of one runtime.
///
/// Belongs to the shim's event loop.
final class RuntimePool {
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
    var isShared: Bool { plan.isShared }

    init(spec: ResourcePoolSpec.Runtime, directory: String) {
        self.spec = spec
        manifest = Result { () throws(SystemError) in try RuntimeManifest.read(spec.name, in: directory) }
        plan = HostPool(prewarmed: spec.prewarmed, isShared: (try? manifest.get())?.sandboxes == .many)
    }

    var report: RuntimeReport {
        RuntimeReport(name: spec.name, version: version, idle: idle.count, failure: failure)
    }
}
