import Confinement
import FoundationEssentials
import Glibc
import NestAPI
import Planning

/// Starts runtime hosts: empty, confined, each with a user and a directory of its own.
struct HostLauncher {
    let configuration: ShimConfiguration
    /// Nil when the shim is not root: all sandboxes then are the shim's own user.
    let users: UserRange?
    /// The bound of a sandbox without a limit.
    private let unlimitedBytes: UInt64

    /// Users that a pod has numbers for; without users of their own as many slots do no harm.
    static var slots: Range<Int> { 0..<Int(UserRange.count) }

    struct Launched {
        var pid: pid_t
        var directory: String
        var channel: Int32
        /// Its standard output and error.
        var output: Int32
    }

    init(_ configuration: ShimConfiguration) throws(SystemError) {
        self.configuration = configuration
        unlimitedBytes = configuration.memoryBytes ?? MemoryBound.unlimited(capacity: Machine.memoryBytes)
        users = geteuid() == 0 ? UserRange(podAddress: configuration.address) : nil
        if geteuid() == 0, users == nil {
            throw SystemError("no users for sandboxes at \(configuration.address): 127.1.x.y is expected", code: EINVAL)
        }
    }

    /// What a sandbox with that limit, or none, may take.
    func bound(_ limit: UInt64?) -> UInt64 { MemoryBound.bytes(limit: limit, unlimited: unlimitedBytes) }

    /// - Returns: the process, not yet booted.
    func launch(
        _ runtime: ResourcePoolSpec.Runtime, _ manifest: RuntimeManifest, id: Int, slot: Int
    ) throws(SystemError) -> Launched {
        let user = users?.user(slot: slot)
        let directory = try makeDirectory(id: id, user: user)
        do throws(SystemError) {
            let channel = try Sockets.pair()
            defer { close(channel.child) }
            let output = try LinuxCalls.pipe()
            defer { close(output.write) }
            do throws(SystemError) {
                let pid = try start(
                    manifest, manifest.commandLine(runtime), user, directory, channel: channel.child,
                    output: output.write)
                return Launched(pid: pid, directory: directory, channel: channel.parent, output: output.read)
            } catch {
                close(channel.parent)
                close(output.read)
                throw error
            }
        } catch {
            rmdir(directory)
            throw error
        }
    }

    private func start(
        _ manifest: RuntimeManifest, _ commandLine: [String], _ user: JailPolicy.User?, _ directory: String,
        channel: Int32, output: Int32
    ) throws(SystemError) -> pid_t {
        let null = try SystemError.check("cannot open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { close(null) }
        // Of sandboxes, their files and threads, there are many in one that is shared.
        let isShared = manifest.sandboxes == .many
        let limits = JailPolicy.Limits(
            data: unlimitedBytes, openFiles: isShared ? 65_536 : 4096,
            processes: user == nil ? nil : isShared ? 4096 : 256, fileSize: 1 << 30)
        let policy = JailPolicy(
            profile: manifest.profile, user: user, limits: limits, directory: directory, keptDescriptors: [3],
            diesWithParent: true)
        let command = policy.command(
            jail: configuration.jail, program: configuration.programs[manifest.program] ?? manifest.program,
            arguments: commandLine)
        let environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": directory, "TMPDIR": directory, "NODE_CHANNEL_FD": "3",
        ].merging(manifest.environment) { own, _ in own }
        return try ProcessSpec(
            arguments: command, environment: environment, directory: nil,
            descriptors: [null, output, output, channel]
        ).spawn()
    }

    private func makeDirectory(id: Int, user: JailPolicy.User?) throws(SystemError) -> String {
        let path = "\(configuration.directory)/sandboxes/\(id)"
        _ = try SystemError.check("cannot make \(path)") { mkdir(path, 0o700) }
        guard let user else { return path }
        do throws(SystemError) {
            _ = try SystemError.check("cannot give \(path) to user \(user.uid)") { chown(path, user.uid, user.gid) }
        } catch {
            rmdir(path)
            throw error
        }
        return path
    }
}
