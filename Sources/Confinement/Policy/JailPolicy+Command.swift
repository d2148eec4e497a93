extension JailPolicy {
    /// The argv that starts `program` under this policy.
    ///
    /// - Parameters:
    ///   - jail: the path of `nest-jail`.
    ///   - program: a path, or a name that is looked up in `PATH` as the sandbox's user.
    ///   - arguments: what the program gets after its own name.
    /// - Returns: argv, the jail's path first; the environment is passed through unchanged.
    public func command(jail: String, program: String, arguments: [String]) -> [String] {
        var words = [jail, "--profile", profile.rawValue]
        if let user { words += ["--uid", "\(user.uid)", "--gid", "\(user.gid)"] }
        for (limit, value) in limits.settings { words += ["--rlimit-\(limit.rawValue)", "\(value)"] }
        if let directory { words += ["--directory", directory] }
        for descriptor in keptDescriptors { words += ["--keep-fd", "\(descriptor)"] }
        if diesWithParent { words.append("--die-with-parent") }
        return words + ["--", program] + arguments
    }
}

/// A resource that the jail can limit, named as on its command line.
enum LimitedResource: String, CaseIterable {
    case core, data, nofile, nproc, fsize
}

extension JailPolicy.Limits {
    /// What is asked for, in the order of the command line; core dumps are not an option and so not listed.
    var settings: [(LimitedResource, UInt64)] {
        [(LimitedResource.data, data), (.nofile, openFiles), (.nproc, processes), (.fsize, fileSize)]
            .compactMap { limit, value in value.map { (limit, $0) } }
    }

    mutating func set(_ resource: LimitedResource, to value: UInt64) -> Bool {
        switch resource {
        case .core: return value == 0
        case .data: data = value
        case .nofile: openFiles = value
        case .nproc: processes = value
        case .fsize: fileSize = value
        }
        return true
    }
}
