import FoundationEssentials
import Glibc

/// What a pod's directory remembers, so that a new machine agent finds the pod's processes again.
struct PodState: Codable, Equatable {
    var address: String
    var shim: ProcessIdentity?
    var sidecar: ProcessIdentity?
    var restarts: [String: Int] = [:]
    /// The kubeconfig that the sidecar was started with.
    var credentials: UInt64?

    static func read(_ path: String) -> PodState? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(PodState.self, from: $0) }
    }

    func write(_ path: String) throws { try writePrivately(self, to: path) }
}

/// Writes JSON that only its owner may read: beside its place, then renamed, so that a reader sees all or nothing.
func writePrivately(_ value: some Encodable, to path: String) throws {
    let data = try JSONEncoder().encode(value)
    let draft = path + ".new"
    let descriptor = try SystemError.check("cannot write \(draft)") {
        open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    defer { close(descriptor) }
    let bytes = Array(data)
    guard write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemError("cannot write \(draft)") }
    guard rename(draft, path) == 0 else { throw SystemError("cannot rename \(draft)") }
}
