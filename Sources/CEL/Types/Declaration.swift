/// What the checker knows of one overload of a function.
struct Declaration: Sendable {
    var name: String
    var isMethod: Bool
    /// With the target first, for a method.
    var parameters: [CELType]
    var result: CELType
}

extension Declaration {
    /// Reads lines such as `size(string) int` and `string:contains(string) bool`, the type before the colon being the
    /// target's.
    static func parse(_ text: String) -> [String: [Declaration]] {
        var all: [String: [Declaration]] = [:]
        for line in text.split(separator: "\n") {
            var reader = Reader(text: Array(line.unicodeScalars))
            guard let declaration = reader.declaration() else { preconditionFailure("cannot read: \(line)") }
            all[declaration.name, default: []].append(declaration)
        }
        return all
    }

    private struct Reader {
        let text: [Unicode.Scalar]
        var at = 0

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard at < text.count, text[at] == scalar else { return false }
            at += 1
            return true
        }

        mutating func word() -> String {
            var word = ""
            while at < text.count, !"(),: ".unicodeScalars.contains(text[at]) {
                word.unicodeScalars.append(text[at])
                at += 1
            }
            return word
        }

        mutating func type(named name: String) -> CELType {
            let simple: [String: CELType] = [
                "dyn": .dyn, "null": .null, "bool": .bool, "int": .int, "uint": .uint, "double": .double,
                "string": .string, "bytes": .bytes, "timestamp": .timestamp, "duration": .duration, "type": .type,
            ]
            if let found = simple[name] { return found }
            if name.utf8.count == 1 { return .parameter(name) }
            guard take("(") else { return .opaque(name) }
            let first = type(named: word())
            if name == "map", take(",") {
                let second = type(named: word())
                _ = take(")")
                return .map(first, second)
            }
            _ = take(")")
            return name == "optional" ? .optional(first) : .list(first)
        }

        mutating func declaration() -> Declaration? {
            let start = at
            var name = word()
            var parameters: [CELType] = []
            at = start
            let target = { (reader: inout Reader) in reader.type(named: reader.word()) }(&self)
            let isMethod = take(":")
            if isMethod {
                parameters = [target]
                name = word()
            } else {
                at = start
                _ = word()
            }
            guard take("(") else { return nil }
            while !take(")") {
                parameters.append(type(named: word()))
                if !take(","), at >= text.count { return nil }
            }
            guard take(" ") else { return nil }
            return Declaration(name: name, isMethod: isMethod, parameters: parameters, result: type(named: word()))
        }
    }
}
