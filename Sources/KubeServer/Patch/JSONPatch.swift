import KubeAPI

/// RFC 6902: JSON Patch.
enum JSONPatch {
    enum Failure: Error, Equatable {
        /// The patch itself is not well formed.
        case malformed(String)
        /// The patch does not fit the document: a `test` that does not hold, or a path that is not there.
        case doesNotApply(String)
    }

    static func apply(_ patch: JSONValue, to target: JSONValue) throws(Failure) -> JSONValue {
        guard case .array(let operations) = patch else { throw .malformed("a JSON patch is a list of operations") }
        guard operations.count <= maximumOperations else {
            throw .malformed("a JSON patch has at most \(maximumOperations) operations, not \(operations.count)")
        }
        var document = target
        var left = maximumBytes
        for (index, operation) in operations.enumerated() {
            try apply(operation, index, to: &document, bytes: &left)
        }
        return document
    }

    /// kube-apiserver's bounds (`maxJSONPatchOperations`, `JSONPatchMaxCopyBytes`).
    private static let maximumOperations = 10_000
    private static let maximumBytes = 3 << 20

    /// What an operation puts somewhere is bounded before it is put: copies of copies double, and nest, at every step.
    private static func bounded(
        _ value: JSONValue, at path: [String], _ index: Int, bytes left: inout Int
    ) throws(Failure) -> JSONValue {
        guard value.fits(depth: JSONValue.maximumNesting - path.count, bytes: &left) else {
            throw .malformed("operation \(index) makes the object too large or too deep")
        }
        return value
    }

    private static func apply(
        _ operation: JSONValue, _ index: Int, to document: inout JSONValue, bytes left: inout Int
    ) throws(Failure) {
        guard let name = operation["op"]?.stringValue else { throw .malformed("operation \(index) has no \"op\"") }
        let path = try pointer(operation, "path", index)
        switch name {
        case "add": try document.add(bounded(value(operation, index), at: path, index, bytes: &left), at: path[...])
        case "remove": _ = try document.remove(at: path[...])
        case "replace":
            try document.replace(bounded(value(operation, index), at: path, index, bytes: &left), at: path[...])
        case "test":
            guard try document.value(at: path) == value(operation, index) else {
                throw .doesNotApply("testing value \(JSONPointer.text(path)) failed")
            }
        case "move":
            let from = try pointer(operation, "from", index)
            guard path == from || !path.starts(with: from) else {
                throw .malformed("operation \(index) moves a value into itself")
            }
            let moved = try document.remove(at: from[...])
            try document.add(bounded(moved, at: path, index, bytes: &left), at: path[...])
        case "copy":
            let copied = try document.value(at: pointer(operation, "from", index))
            try document.add(bounded(copied, at: path, index, bytes: &left), at: path[...])
        default: throw .malformed("operation \(index) has the unknown \"op\" \"\(name)\"")
        }
    }

    private static func value(_ operation: JSONValue, _ index: Int) throws(Failure) -> JSONValue {
        guard let value = operation["value"] else { throw .malformed("operation \(index) has no \"value\"") }
        return value
    }

    private static func pointer(_ operation: JSONValue, _ key: String, _ index: Int) throws(Failure) -> [String] {
        guard let text = operation[key]?.stringValue else { throw .malformed("operation \(index) has no \"\(key)\"") }
        guard let path = JSONPointer.parse(text) else {
            throw .malformed("operation \(index): \"\(text)\" is not a JSON pointer")
        }
        return path
    }
}

/// RFC 6901: JSON Pointer.
enum JSONPointer {
    /// nil when the text is no pointer.
    static func parse(_ text: String) -> [String]? {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { return nil }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }

    static func text(_ path: [String]) -> String {
        path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }
}

extension JSONValue {
    fileprivate func value(at path: [String]) throws(JSONPatch.Failure) -> JSONValue {
        var current = self
        for token in path {
            switch current {
            case .object(let members):
                guard let next = members[token] else { throw .missing(path) }
                current = next
            case .array(let items):
                guard let index = Self.index(token, below: items.count) else { throw .missing(path) }
                current = items[index]
            default: throw .missing(path)
            }
        }
        return current
    }

    /// Goes to the container of the last token and changes it there.
    private mutating func change<Result>(
        at path: ArraySlice<String>, of whole: ArraySlice<String>? = nil,
        _ body: (inout JSONValue, String) throws(JSONPatch.Failure) -> Result
    ) throws(JSONPatch.Failure) -> Result {
        guard let token = path.first else { throw .malformed("the whole document cannot be removed") }
        if path.count == 1 { return try body(&self, token) }
        switch self {
        case .object(var members):
            guard var child = members[token] else { throw .missing(Array(whole ?? path)) }
            let result = try child.change(at: path.dropFirst(), of: whole ?? path, body)
            members[token] = child
            self = .object(members)
            return result
        case .array(var items):
            guard let index = Self.index(token, below: items.count) else { throw .missing(Array(whole ?? path)) }
            let result = try items[index].change(at: path.dropFirst(), of: whole ?? path, body)
            self = .array(items)
            return result
        default: throw .missing(Array(whole ?? path))
        }
    }

    fileprivate mutating func add(_ value: JSONValue, at path: ArraySlice<String>) throws(JSONPatch.Failure) {
        if path.isEmpty { return self = value }
        try change(at: path) { (parent, token) throws(JSONPatch.Failure) in
            switch parent {
            case .object: parent[token] = value
            case .array(var items):
                guard let index = token == "-" ? items.count : Self.index(token, below: items.count + 1) else {
                    throw .missing(Array(path))
                }
                items.insert(value, at: index)
                parent = .array(items)
            default: throw .missing(Array(path))
            }
        }
    }

    fileprivate mutating func replace(_ value: JSONValue, at path: ArraySlice<String>) throws(JSONPatch.Failure) {
        if path.isEmpty { return self = value }
        try change(at: path) { (parent, token) throws(JSONPatch.Failure) in
            switch parent {
            case .object(let members) where members[token] != nil: parent[token] = value
            case .array(var items):
                guard let index = Self.index(token, below: items.count) else { throw .missing(Array(path)) }
                items[index] = value
                parent = .array(items)
            default: throw .missing(Array(path))
            }
        }
    }

    fileprivate mutating func remove(at path: ArraySlice<String>) throws(JSONPatch.Failure) -> JSONValue {
        try change(at: path) { (parent, token) throws(JSONPatch.Failure) in
            switch parent {
            case .object(var members):
                guard let old = members.removeValue(forKey: token) else { throw .missing(Array(path)) }
                parent = .object(members)
                return old
            case .array(var items):
                guard let index = Self.index(token, below: items.count) else { throw .missing(Array(path)) }
                let old = items.remove(at: index)
                parent = .array(items)
                return old
            default: throw .missing(Array(path))
            }
        }
    }

    /// An array index has no sign and no leading zero.
    private static func index(_ token: String, below count: Int) -> Int? {
        guard let index = Int(token), index >= 0, index < count, String(index) == token else { return nil }
        return index
    }
}

extension JSONPatch.Failure {
    fileprivate static func missing(_ path: [String]) -> JSONPatch.Failure {
        .doesNotApply("the path \(JSONPointer.text(path)) does not exist in the object")
    }
}
