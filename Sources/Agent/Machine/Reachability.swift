import Glibc

/// Whether the users of sandboxes can get to a path.
enum Reachability {
    /// - Throws: naming the first directory on the way to `path` that others may not pass.
    static func check(_ path: String, purpose: String) throws(SystemError) {
        guard let resolved = realpath(path, nil) else { throw SystemError("\(purpose) \(path)") }
        defer { free(resolved) }
        var partial = ""
        for part in String(cString: resolved).split(separator: "/") {
            partial += "/" + part
            var status = stat()
            guard stat(partial, &status) == 0 else { throw SystemError("\(purpose) \(partial)") }
            if status.st_mode & S_IFMT == S_IFDIR, status.st_mode & S_IXOTH == 0 {
                let mode = String(status.st_mode & 0o777, radix: 8)
                throw SystemError(
                    "sandboxes run as users of their own and cannot reach the \(purpose) \(path): \(partial) has mode 0\(mode). "
                        + "Choose another place, such as below /var/lib, or chmod o+x \(partial)", code: EACCES)
            }
        }
    }
}
