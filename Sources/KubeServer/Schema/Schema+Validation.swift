import CEL
import KubeAPI

extension Schema {
    /// What is wrong with a value, in the order of its paths.
    ///
    /// What an update leaves as it was is not looked at: it may be wrong by a rule that came later
    /// (`CRDValidationRatcheting`).
    ///
    /// - Parameters:
    ///   - value: what is looked at.
    ///   - path: where it stands.
    ///   - old: what it was before an update.
    /// - Returns: the errors, worded as apiextensions-apiserver words them; empty when the value is valid.
    func validate(_ value: JSONValue, at path: String = "", old: JSONValue? = nil) -> [FieldError] {
        var errors: [FieldError] = []
        check(value, at: path, old: old, errors: &errors)
        var structure: [FieldError] = []
        checkStructure(of: value, at: path, errors: &structure)
        guard !structure.isEmpty else { return errors }
        if let old {
            var before: [FieldError] = []
            checkStructure(of: old, at: path, errors: &before)
            if !before.isEmpty { return errors }
        }
        return errors + structure
    }

    /// Checks all but what makes lists sets and maps.
    func check(_ value: JSONValue, at path: String, old: JSONValue?, errors: inout [FieldError]) {
        if value == .null, fields.isNullable { return }
        guard hasRightType(value) else {
            errors.append(.type(path, found: value.typeName, wanted: wantedType))
            return
        }
        if !fields.allowed.isEmpty, !fields.allowed.contains(where: { $0.isSame(as: value) }) {
            errors.append(.notSupported(path, value, allowed: fields.allowed))
        }
        switch value {
        case .string(let text): check(text, at: path, errors: &errors)
        case .int(let whole): check(Double(whole), shown: value, at: path, errors: &errors)
        case .double(let number): check(number, shown: value, at: path, errors: &errors)
        case .array(let items): check(items, at: path, old: old?.arrayValue ?? [], errors: &errors)
        case .object(let members): check(members, at: path, old: old?.objectValue ?? [:], errors: &errors)
        case .bool, .null: break
        }
        checkCombination(value, at: path, errors: &errors)
    }

    private var wantedType: String { fields.isIntOrString ? "integer,string" : fields.type ?? "any" }

    private func hasRightType(_ value: JSONValue) -> Bool {
        if fields.isIntOrString {
            if case .int = value { return true }
            return value.stringValue != nil
        }
        guard let type = fields.type else { return true }
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("integer", .int),
            ("number", .int), ("number", .double):
            return true
        case ("integer", .double(let number)): return number == number.rounded()
        default: return false
        }
    }

    private func check(_ items: [JSONValue], at path: String, old: [JSONValue], errors: inout [FieldError]) {
        if let minimum = fields.itemCount.minimum, items.count < minimum {
            errors.append(
                .invalid(path, .int(Int64(items.count)), "\(path) in body should have at least \(minimum) items"))
        }
        if let maximum = fields.itemCount.maximum, items.count > maximum {
            errors.append(.tooMany(path, count: items.count, limit: maximum))
            return
        }
        guard let schema = fields.items else { return }
        let before = fields.keyed(old)
        for (index, item) in items.enumerated() {
            let old = fields.identity(of: item).flatMap { before[$0] }
            if let old, old == item { continue }
            schema.check(item, at: FieldPath.index(path, index), old: old, errors: &errors)
        }
    }

    private func check(
        _ members: [String: JSONValue], at path: String, old: [String: JSONValue], errors: inout [FieldError]
    ) {
        for name in fields.required where members[name] == nil {
            errors.append(.required(FieldPath.member(path, name)))
        }
        if let minimum = fields.memberCount.minimum, members.count < minimum {
            errors.append(
                .invalid(
                    path, .int(Int64(members.count)), "\(path) in body should have at least \(minimum) properties"))
        }
        if let maximum = fields.memberCount.maximum, members.count > maximum {
            errors.append(.tooMany(path, count: members.count, limit: maximum))
            return
        }
        for key in members.keys.sorted() {
            guard let value = members[key], let schema = schema(ofMember: key) else { continue }
            if let old = old[key], old == value { continue }
            schema.check(value, at: FieldPath.member(path, key), old: old[key], errors: &errors)
        }
    }

    /// Upstream's composite errors have no path; those of the schema that fits best follow them.
    private func checkCombination(_ value: JSONValue, at path: String, errors: inout [FieldError]) {
        let rules = fields.combination
        for schema in rules.allOf { schema.check(value, at: path, old: nil, errors: &errors) }
        let subject = JSONValue.string(path).shown
        if !rules.anyOf.isEmpty {
            let failures = rules.anyOf.map { $0.failures(value, path) }
            if !failures.contains(where: \.isEmpty) {
                errors.append(.general("\(subject) must validate at least one schema (anyOf)"))
                errors += failures.min { $0.count < $1.count } ?? []
            }
        }
        if !rules.oneOf.isEmpty {
            let failures = rules.oneOf.map { $0.failures(value, path) }
            let count = failures.count(where: \.isEmpty)
            if count != 1 {
                let found = count == 0 ? "Found none valid" : "Found \(count) valid alternatives"
                errors.append(.general("\(subject) must validate one and only one schema (oneOf). \(found)"))
                if count == 0 { errors += failures.min { $0.count < $1.count } ?? [] }
            }
        }
        if let not = rules.not, not.failures(value, path).isEmpty {
            errors.append(.general("\(subject) must not validate the schema (not)"))
        }
    }

    private func failures(_ value: JSONValue, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        check(value, at: path, old: nil, errors: &errors)
        return errors
    }
}

extension JSONValue {
    /// Equal, numbers by their worth.
    fileprivate func isSame(as other: JSONValue) -> Bool {
        if let left = number, let right = other.number { return left == right }
        return self == other
    }
}
