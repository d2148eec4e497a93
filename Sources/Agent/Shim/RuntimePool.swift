import NIOCore
import NestAPI
import Planning

/// The hosts of one runtime.
///
/// Belongs to the shim's event loop.
final class RuntimePool {
    let spec: ResourcePoolSpec.Runtime
    var plan: HostPool
    /// Empty until a host has booted.
    var version = ""
    var failure: String?
    var idle: [Host] = []
    /// Sandboxes without a host, the oldest first.
    var waiting: [SandboxRecord] = []
    var timer: Scheduled<Void>?

    init(spec: ResourcePoolSpec.Runtime) {
        self.spec = spec
        plan = HostPool(prewarmed: spec.prewarmed)
    }

    var report: RuntimeReport {
        RuntimeReport(name: spec.name, version: version, idle: idle.count, failure: failure)
    }
}
