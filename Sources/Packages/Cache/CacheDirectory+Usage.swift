import Glibc

/// Which trees are in use, and which may go.
///
/// `usage/TREE` is a file as long as the tree takes bytes (it holds none), last modified when the tree was last used. All
/// processes of the machine see it, and it outlives them: what a sandbox uses stays while its sidecar is started again.
extension CacheDirectory {
    /// What an eviction took away.
    struct Evicted: Equatable {
        var trees = 0
        var bytes: Int64 = 0
        /// What is left.
        var remaining: Int64 = 0
    }

    /// Marks a tree as used now.
    /// - Returns: whether it is there; then it stays for as long as a use lasts.
    func use(_ tree: String) -> Bool {
        // While the lock is shared nobody evicts, so what is found here was not judged by its older use.
        guard contains(tree), let lock = try? Self.lockFile(usage.number, "lock", wait: true, shared: true) else {
            return false
        }
        defer { withExtendedLifetime(lock) {} }
        guard contains(tree) else { return false }
        if utimensat(usage.number, tree, nil, AT_SYMLINK_NOFOLLOW) != 0 { try? record(tree, bytes: 0) }
        return true
    }

    /// Notes what a tree takes; that is its first use.
    func record(_ tree: String, bytes: Int64) throws(PackageError) {
        guard let file = Descriptor(at: usage.number, tree, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600),
            ftruncate(file.number, off_t(bytes)) == 0, futimens(file.number, nil) == 0
        else { throw PackageError.storage("note the size of \(tree)", errno) }
    }

    /// Removes what was used longest ago until no more than `limit` bytes are left, but nothing that was used since
    /// `threshold`, in seconds of the wall clock.
    func evict(above limit: Int64, unusedSince threshold: Double) throws(PackageError) -> Evicted {
        var evicted = Evicted()
        var removed: [String] = []
        do {
            let lock = try Self.lockFile(usage.number, "lock", wait: true)
            defer { withExtendedLifetime(lock) {} }
            let trees = recorded().sorted { $0.used < $1.used }
            evicted.remaining = trees.reduce(0) { $0 + $1.bytes }
            var gone: Set<String> = []
            for tree in trees where evicted.remaining > limit && tree.used < threshold {
                // What was made of it goes with it: its name ends with the package's.
                for each in [tree] + trees.filter({ $0.name.hasSuffix("." + tree.name) })
                where !gone.contains(each.name) {
                    // It is gone at once for everybody; its files follow without the lock.
                    let name = nextName("evicted")
                    guard takeAway(each.name, as: name) else { continue }
                    gone.insert(each.name)
                    removed.append(name)
                    unlinkat(usage.number, each.name, 0)
                    evicted.trees += 1
                    evicted.bytes += each.bytes
                    evicted.remaining -= each.bytes
                }
            }
        }
        for name in removed { removeTree(at: workspace.number, name) }
        return evicted
    }

    /// - Returns: whether nobody finds the tree any more.
    private func takeAway(_ tree: String, as name: String) -> Bool {
        // Who is not root can move only a directory that it may write to.
        fchmodat(root.number, tree, 0o755, 0)
        if renameat(root.number, tree, workspace.number, name) == 0 || errno == ENOENT { return true }
        fchmodat(root.number, tree, 0o555, 0)
        return false
    }

    private func recorded() -> [(name: String, bytes: Int64, used: Double)] {
        names(in: usage).compactMap { name in
            var status = stat()
            guard name != "lock", fstatat(usage.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
            let used = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
            return (name, Int64(status.st_size), used)
        }
    }
}
