import Glibc

/// Removes `name` below the directory `parent` with all that is in it, read-only directories too; never follows a link.
///
/// What cannot be removed is left: the next start tries again.
func removeTree(at parent: Int32, _ name: String) {
    if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
    guard let directory = Descriptor(at: parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
    fchmod(directory.number, 0o700)
    for child in names(in: directory) { removeTree(at: directory.number, child) }
    unlinkat(parent, name, AT_REMOVEDIR)
}

/// What a directory holds, without `.` and `..`.
package func names(in directory: Descriptor) -> [String] {
    // readdir needs a descriptor of its own, which closedir closes.
    let copy = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return [] }
    guard let stream = fdopendir(copy) else {
        close(copy)
        return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}
