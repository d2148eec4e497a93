import Glibc

/// Finds the program as execvp(3) does, but before the filter, which allows a single exec.
enum ProgramPath {
    static func resolve(_ program: String, searching path: String?) throws(JailError) -> String {
        if program.contains("/") {
            if let error = obstacle(program) { throw failure(program, error) }
            return program
        }
        var worst = ENOENT
        for directory in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(directory)/\(program)"
            guard let error = obstacle(candidate) else { return candidate }
            // A directory that this user may not search says nothing about the program.
            if error == EACCES, access(String(directory), X_OK) == 0 { worst = EACCES }
        }
        throw failure(program, worst)
    }

    /// What keeps this process from running the file; nil: nothing that can be seen before trying.
    private static func obstacle(_ path: String) -> Int32? {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno }
        guard status.st_mode & S_IFMT == S_IFREG else { return EACCES }
        return access(path, X_OK) == 0 ? nil : errno
    }

    /// The error of a program that could not be run, with env(1)'s exit status.
    static func failure(_ program: String, _ error: Int32) -> JailError {
        let missing = error == ENOENT || error == ENOTDIR
        return JailError(
            "cannot run \(program): \(JailError.reason(error))",
            exitStatus: missing ? JailError.notFound : JailError.notExecutable)
    }
}
