/// The path of one file inside a package, known to stay inside: relative, without `.`, `..` or empty parts.
struct EntryPath: Hashable {
    let components: [String]

    /// Why a path is no path inside a package.
    struct Refusal: Error, Equatable {
        var reason: String
    }

    /// Checks a name as an archive or a spec gives it; `./a//b/` is `a/b`.
    ///
    /// The path is nil when the name is that of the package itself, as in `./`.
    static func parse(_ name: String, limits: PackageLimits) throws(Refusal) -> EntryPath? {
        guard !name.isEmpty else { throw Refusal(reason: "has no name") }
        guard !name.hasPrefix("/") else { throw Refusal(reason: "is absolute and would leave the package") }
        guard name.utf8.count <= limits.pathBytes else {
            throw Refusal(reason: "is longer than \(limits.pathBytes) bytes")
        }
        guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0xFFFD }) else {
            throw Refusal(reason: "has a name with control characters or broken UTF-8")
        }
        let components = name.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !components.contains("..") else { throw Refusal(reason: "would leave the package") }
        guard components.count <= limits.pathDepth else {
            throw Refusal(reason: "is more than \(limits.pathDepth) directories deep")
        }
        guard components.allSatisfy({ $0.utf8.count <= 255 }) else {
            throw Refusal(reason: "has a part longer than 255 bytes")
        }
        return components.isEmpty ? nil : EntryPath(components: components)
    }

    /// Checks where a symbolic link at this path points.
    ///
    /// `..` is allowed only in front, and only as often as the link is deep. Those steps climb real directories, because
    /// no entry is ever written through a link; what follows only goes down, if need be through links for which the same
    /// holds. So no chain of links leaves the package, which looking at `..` textually could not promise.
    func checkLink(to target: String, limits: PackageLimits) throws(Refusal) {
        guard !target.isEmpty, target.utf8.count <= limits.pathBytes else {
            throw Refusal(reason: "is a link with an empty or overlong target")
        }
        guard !target.hasPrefix("/") else { throw Refusal(reason: "links to \(target), outside the package") }
        let steps = target.split(separator: "/").filter { $0 != "." }
        let climbs = steps.prefix(while: { $0 == ".." }).count
        guard climbs < components.count, !steps.dropFirst(climbs).contains("..") else {
            throw Refusal(reason: "links to \(target), which may lie outside the package")
        }
    }

    var parent: ArraySlice<String> { components.dropLast() }
    var name: String { components.last ?? "" }
    var description: String { components.joined(separator: "/") }
}
