import FoundationEssentials
import Glibc
import NestAPI
import Packages
import Planning

extension Sidecar {
    #if arch(x86_64)
        private static let architecture = "x86_64"
    #elseif arch(arm64)
        private static let architecture = "arm64"
    #else
        private static let architecture = "other"
    #endif

    /// Learns which version of a runtime reads what is compiled here.
    func note(_ runtimes: [RuntimeReport]) {
        for runtime in runtimes {
            compiledKinds[runtime.name] = CompileLedger.kind(
                runtime: runtime.name, version: runtime.version, architecture: Self.architecture)
        }
    }

    /// What was compiled of a sandbox's package and layers, by their directories.
    func compiledFiles(_ runtime: String, _ directories: [String]) -> [String: String] {
        guard let kind = compiledKinds[runtime] else { return [:] }
        return directories.reduce(into: [:]) { files, directory in
            files[directory] = packages.derived(kind, of: directory)
        }
    }

    /// A sandbox was loaded: lets what it consists of be compiled for the next, where that is not done yet.
    func compileAhead(_ runtime: String, _ directories: [String]) {
        guard let shim, let kind = compiledKinds[runtime] else { return }
        // What is in the object itself is small.
        for directory in directories where directory.split(separator: "/").last?.hasPrefix("sha256-") == true {
            guard ledger.begins("\(kind) \(directory)") else { continue }
            Task { await compile(directory, runtime, kind, shim) }
        }
    }

    private func compile(_ directory: String, _ runtime: String, _ kind: String, _ shim: ShimClient) async {
        while packages.derived(kind, of: directory) == nil {
            do {
                let outcome = try await shim.compile(runtime, directory: directory)
                if outcome.isBusy {
                    guard ledger.findsNoHost("\(kind) \(directory)") else { return }
                    try await Task.sleep(for: .seconds(CompileLedger.pause))
                    continue
                }
                guard let made = outcome.file else { return }
                defer { unlink(made) }
                let file = try await packages.addDerived(kind, of: directory, from: made)
                return try await shim.useCompiled(directory: directory, file: file)
            } catch {
                return logger.warning("a package was not compiled ahead: \(error)")
            }
        }
    }
}
