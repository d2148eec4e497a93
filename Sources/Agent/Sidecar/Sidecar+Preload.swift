import KubeAPI
import NestAPI
import Packages
import Planning

extension Sidecar {
    /// Brings the layers that the pool preloads here and gives them to the shim; until then the pod is not ready.
    ///
    /// Returns when the task is cancelled, or the shim is gone. What cannot be had is tried again, in growing intervals.
    func preload(with shim: ShimClient) async {
        let layers = configuration.poolSpec.preload.layers
        var progress = LayerPreload(layers: layers.count)
        while !Task.isCancelled {
            do {
                let unpacked = try await fetch(layers)
                progress.fetched()
                for layer in unpacked { await reporter.update(package: layer.digest) }
                // What the shim says comes first: the layers are here, but no host has loaded them.
                let runtimes = try await shim.preload(unpacked.map(\.directory))
                await catchUp()
                await reporter.update(layers: progress.state, runtimes: runtimes)
                return await shim.waitUntilClosed()
            } catch let error as PackageError {
                // The cache says "package URL: …".
                let message = "preload: " + error.message.replacing("package ", with: "layer ", maxReplacements: 1)
                let pause = progress.failed(message, isTransient: error.isTransient)
                logger.warning("a layer of the pool is not here: \(message)")
                await reporter.update(layers: progress.state)
                guard (try? await Task.sleep(for: .seconds(pause))) != nil else { return }
            } catch {
                // The shim is gone, and this sidecar with it.
                return
            }
        }
    }
}
