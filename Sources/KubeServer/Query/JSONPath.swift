import KubeAPI

/// The subset of JSONPath that printer columns use: `.a.b`, `['a.b']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`.
struct JSONPath: Sendable {
    enum Step: Sendable, Equatable {
        case member(String)
        case index(Int)
        case all
        case filter(path: [String], isEqual: Bool, value: JSONValue)
    }

    let steps: [Step]

    /// nil when the text is not of this subset.
    init?(_ text: String) {
        var steps: [Step] = []
        var rest = text[...]
        while let first = rest.first {
            if first == "." {
                rest = rest.dropFirst()
                let name = Self.takeName(&rest)
                if name.isEmpty { if rest.isEmpty || rest.first == "[" { continue } else { return nil } }
                steps.append(name == "*" ? .all : .member(name))
            } else if first == "[" {
                guard let end = Self.closingBracket(rest), let step = Self.bracket(rest[..<end].dropFirst()) else {
                    return nil
                }
                steps.append(step)
                rest = rest[rest.index(after: end)...]
            } else {
                return nil
            }
        }
        self.steps = steps
    }

    /// What the path leads to in `object`: nothing, one value, or several.
    func values(in object: JSONValue) -> [JSONValue] {
        steps.reduce([object]) { found, step in found.flatMap { Self.apply(step, to: $0) } }
    }

    private static func apply(_ step: Step, to value: JSONValue) -> [JSONValue] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
            guard let items = value.arrayValue else { return [] }
            let at = index < 0 ? items.count + index : index
            return items.indices.contains(at) ? [items[at]] : []
        case .all:
            if let members = value.objectValue { return members.sorted { $0.key < $1.key }.map(\.value) }
            return value.arrayValue ?? []
        case .filter(let path, let isEqual, let wanted):
            return (value.arrayValue ?? []).filter { ($0[path] == wanted) == isEqual }
        }
    }

    /// A member name up to the next unescaped `.` or `[`; `\.` stands for a dot.
    private static func takeName(_ rest: inout Substring) -> String {
        var name = ""
        while let next = rest.first, next != ".", next != "[" {
            rest.removeFirst()
            if next == "\\", let escaped = rest.first {
                rest.removeFirst()
                name.append(escaped)
            } else {
                name.append(next)
            }
        }
        return name
    }

    private static func closingBracket(_ text: Substring) -> Substring.Index? {
        var quote: Character?
        for index in text.indices.dropFirst() {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "]" {
                return index
            }
        }
        return nil
    }

    private static func bracket(_ inner: Substring) -> Step? {
        if inner == "*" { return .all }
        if let index = Int(inner) { return .index(index) }
        if let name = unquoted(inner) { return .member(name) }
        guard inner.hasPrefix("?("), inner.hasSuffix(")") else { return nil }
        let condition = inner.dropFirst(2).dropLast()
        for (sign, isEqual) in [("==", true), ("!=", false)] {
            guard let range = condition.firstRange(of: sign) else { continue }
            let left = condition[..<range.lowerBound].trimmed
            guard left.hasPrefix("@."), let value = literal(condition[range.upperBound...].trimmed) else { return nil }
            return .filter(
                path: left.dropFirst(2).split(separator: ".").map(String.init), isEqual: isEqual, value: value)
        }
        return nil
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }

    private static func literal(_ text: Substring) -> JSONValue? {
        if let string = unquoted(text) { return .string(string) }
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return Int64(text).map(JSONValue.int)
        }
    }
}
