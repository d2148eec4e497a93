import Glibc
import Planning

/// What became of compiling a package ahead.
public struct CompileOutcome: Codable, Sendable, Equatable {
    /// What was made, in a file of the asker's; nil: nothing, or it was not worth it.
    public var file: String?
    /// There was no empty host to spare.
    public var isBusy = false
}

/// Packages that are compiled for the loads that follow the first.
///
/// What is made goes to others of the same package, so no tenant may have a hand in it: a host compiles the scripts before
/// it has run any code but the runtime's, writes one file, and is ended before anybody reads that.
extension Shim {
    private static let compileSeconds = 60.0
    private static let compiledBytes = 64 << 20
    /// Packages whose files are remembered.
    private static let compiledLimit = 1000

    /// Compiles the scripts of an unpacked package, none of which runs.
    public func compile(runtime: String, directory: String) async -> CompileOutcome {
        guard !isStopping, let pool = pools[runtime], pool.isPlain, !pool.isShared,
            (try? pool.manifest.get())?.compiles == true
        else { return CompileOutcome() }
        // A pod that is busy has no host to spare.
        guard compilations.isEmpty, pool.waiting.isEmpty, pool.idle.count >= max(1, pool.spec.prewarmed) else {
            return CompileOutcome(isBusy: true)
        }
        let host = pool.idle.removeFirst()
        pool.plan.taken(now: clock)
        host.state = .compiling
        setpriority(.init(PRIO_PROCESS.rawValue), UInt32(host.pid), 10)
        host.deadline = after(Self.compileSeconds) { [id = host.id] in $0.hosts[id]?.kill() }
        var order = HostOrder(type: "compile")
        order.directory = directory
        order.target = target(of: host)
        return await withCheckedContinuation { continuation in
            compilations[host.id] = continuation
            do { try tell(host, order) } catch { host.kill() }
            refill(pool)
        }
    }

    /// The host has done its work: it is ended, so that nobody can write to the file any more.
    func compiled(_ host: Host, files: Int) {
        host.compiledFiles = files
        host.kill()
    }

    /// Nothing of the process is left.
    func settleCompile(_ host: Host) {
        guard let waiter = compilations.removeValue(forKey: host.id) else { return }
        waiter.resume(returning: CompileOutcome(file: host.compiledFiles > 0 ? take(target(of: host), host) : nil))
    }

    /// Lets every load of a package from now on use what was made of it.
    func useCompiled(directory: String, file: String) {
        if compiledFiles.count >= Self.compiledLimit { compiledFiles.removeAll() }
        compiledFiles[directory] = file
    }

    func compiledFiles(of order: PlugOrder) -> [String: String]? {
        let known = ([order.directory] + (order.layers ?? [])).compactMap { directory in
            (order.compiled?[directory] ?? compiledFiles[directory]).map { (directory, $0) }
        }
        return known.isEmpty ? nil : Dictionary(known) { first, _ in first }
    }

    private func target(of host: Host) -> String { host.directory + "/compiled" }

    /// Moves the file out of the dead host's directory.
    private func take(_ path: String, _ host: Host) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
            (1...Self.compiledBytes).contains(Int(status.st_size))
        else { return nil }
        let folder = configuration.directory + "/compiled"
        if mkdir(folder, 0o700) != 0, errno != EEXIST { return nil }
        let taken = "\(folder)/\(host.id)"
        guard rename(path, taken) == 0 else { return nil }
        if geteuid() == 0 { lchown(taken, 0, 0) }
        chmod(taken, 0o400)
        return taken
    }
}
