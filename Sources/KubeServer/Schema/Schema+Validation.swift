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
        var fuel = RegularExpression.defaultFuel
        return validate(value, at: path, old: old, fuel: &fuel)
    }

    /// The same with the steps that all patterns may take together, and then what is left of them.
    func validate(
        _ value: JSONValue, at path: String = "", old: JSONValue? = nil, fuel: inout Int
    ) -> [FieldError] {
        var findings = Findings(at: path, fuel: fuel)
        check(value, old: old, &findings)
        fuel = findings.fuel
        let errors = findings.errors
        let structure = findings.aside { checkStructure(of: value, &$0) }
        guard !structure.isEmpty else { return errors }
        if let old, !findings.aside({ checkStructure(of: old, &$0) }).isEmpty { return errors }
        return errors + structure
    }

    /// Checks all but what makes lists sets and maps.
    func check(_ value: JSONValue, old: JSONValue?, _ findings: inout Findings) {
        if fields.isNullable, value == .null { return }
        guard hasRightType(value) else {
            return findings.add(.type(findings.path, found: value.typeName, wanted: wantedType))
        }
        if !fields.allowed.isEmpty, !fields.allowed.contains(where: { $0.isSame(as: value) }) {
            findings.add(.notSupported(findings.path, value, allowed: fields.allowed))
        }
        switch value {
        case .string(let text): check(text, &findings)
        case .int(let whole): check(Double(whole), shown: value, &findings)
        case .double(let number): check(number, shown: value, &findings)
        case .array(let items): check(items, old: old?.arrayValue ?? [], &findings)
        case .object(let members): check(members, old: old?.objectValue ?? [:], &findings)
        case .bool, .null: break
        }
        if !fields.combination.isEmpty { checkCombination(value, &findings) }
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

    private func check(_ items: [JSONValue], old: [JSONValue], _ findings: inout Findings) {
        if let minimum = fields.itemCount.minimum, items.count < minimum {
            let path = findings.path
            findings.add(
                .invalid(path, .int(Int64(items.count)), "\(path) in body should have at least \(minimum) items"))
        }
        if let maximum = fields.itemCount.maximum, items.count > maximum {
            return findings.add(.tooMany(findings.path, count: items.count, limit: maximum))
        }
        guard let schema = fields.items else { return }
        let before = fields.keyed(old)
        for (index, item) in items.enumerated() {
            let old = fields.identity(of: item).flatMap { before[$0] }
            if let old, old == item { continue }
            findings.item(index) { schema.check(item, old: old, &$0) }
            if findings.isFull { return }
        }
    }

    private func check(_ members: [String: JSONValue], old: [String: JSONValue], _ findings: inout Findings) {
        for name in fields.required where members[name] == nil {
            findings.add(.required(FieldPath.member(findings.path, name)))
        }
        if let minimum = fields.memberCount.minimum, members.count < minimum {
            let path = findings.path
            findings.add(
                .invalid(
                    path, .int(Int64(members.count)), "\(path) in body should have at least \(minimum) properties"))
        }
        if let maximum = fields.memberCount.maximum, members.count > maximum {
            return findings.add(.tooMany(findings.path, count: members.count, limit: maximum))
        }
        for key in members.keys.sorted() {
            guard let value = members[key], let schema = schema(ofMember: key) else { continue }
            let old = old[key]
            if let old, old == value { continue }
            findings.member(key) { schema.check(value, old: old, &$0) }
            if findings.isFull { return }
        }
    }

    /// Upstream's composite errors have no path; those of the schema that fits best follow them.
    private func checkCombination(_ value: JSONValue, _ findings: inout Findings) {
        let rules = fields.combination
        func failures(_ schema: Schema) -> [FieldError] { findings.aside { schema.check(value, old: nil, &$0) } }
        func add(_ rule: String, _ nearest: [FieldError]? = nil) {
            findings.add(.general("\(JSONValue.string(findings.path).shown) must \(rule)"))
            for error in nearest ?? [] { findings.add(error) }
        }
        for schema in rules.allOf { schema.check(value, old: nil, &findings) }
        if !rules.anyOf.isEmpty {
            let all = rules.anyOf.map(failures)
            if !all.contains(where: \.isEmpty) {
                add("validate at least one schema (anyOf)", all.min { $0.count < $1.count })
            }
        }
        if !rules.oneOf.isEmpty {
            let all = rules.oneOf.map(failures)
            let count = all.count(where: \.isEmpty)
            if count != 1 {
                let found = count == 0 ? "Found none valid" : "Found \(count) valid alternatives"
                add(
                    "validate one and only one schema (oneOf). \(found)",
                    count == 0 ? all.min { $0.count < $1.count } : nil)
            }
        }
        if let not = rules.not, failures(not).isEmpty { add("not validate the schema (not)") }
    }
}

extension JSONValue {
    /// Equal, numbers by their worth.
    fileprivate func isSame(as other: JSONValue) -> Bool {
        if let left = number, let right = other.number { return left == right }
        return self == other
    }
}
