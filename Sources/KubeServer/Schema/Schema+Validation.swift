import KubeAPI

extension Schema {
    /// What is wrong with a value, in the order of its paths.
    ///
    /// - Parameters:
    ///   - value: what is looked at.
    ///   - path: where it stands.
    /// - Returns: the errors, worded as apiextensions-apiserver words them; empty when the value is valid.
    func validate(_ value: JSONValue, at path: String = "") -> [FieldError] {
        var errors: [FieldError] = []
        validate(value, at: path, errors: &errors)
        return errors
    }

    private func validate(_ value: JSONValue, at path: String, errors: inout [FieldError]) {
        if value == .null, fields.isNullable { return }
        guard hasRightType(value) else {
            errors.append(.type(path, found: value.typeName, wanted: wantedType))
            return
        }
        if !fields.allowed.isEmpty, !fields.allowed.contains(value) {
            errors.append(.notSupported(path, value, allowed: fields.allowed))
        }
        switch value {
        case .string(let text): validate(text, at: path, errors: &errors)
        case .int(let whole): validate(Double(whole), shown: value, at: path, errors: &errors)
        case .double(let number): validate(number, shown: value, at: path, errors: &errors)
        case .array(let items): validate(items, at: path, errors: &errors)
        case .object(let members): validate(members, at: path, errors: &errors)
        case .bool, .null: break
        }
        validateCombination(value, at: path, errors: &errors)
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

    private func validate(_ text: String, at path: String, errors: inout [FieldError]) {
        let subject = path.isEmpty ? "" : "\(path) "
        let length = text.unicodeScalars.count
        if let minimum = fields.stringLength.minimum, length < minimum {
            errors.append(
                .invalid(path, .string(text), "\(subject)in body should be at least \(minimum) chars long"))
        }
        if let maximum = fields.stringLength.maximum, length > maximum {
            errors.append(.tooLong(path, limit: maximum))
            return  // a pattern is not tried on a text that is too long anyway
        }
        if let pattern = fields.pattern, !pattern.matches(text) {
            errors.append(.invalid(path, .string(text), "\(subject)in body should match '\(pattern.text)'"))
        }
        if let format = fields.format, !StringFormat.accepts(text, format: format) {
            errors.append(
                .invalid(
                    path, .string(text), "\(subject)in body must be of type \(format): \(JSONValue.string(text).shown)")
            )
        }
    }

    private func validate(_ number: Double, shown value: JSONValue, at path: String, errors: inout [FieldError]) {
        let range = fields.range
        func add(_ rule: String, _ limit: Double) {
            let text = JSONValue.double(limit).shown
            errors.append(.invalid(path, value, "\(path) in body should be \(rule) \(text)"))
        }
        if let minimum = range.minimum {
            if range.exclusiveMinimum ? number <= minimum : number < minimum {
                add(range.exclusiveMinimum ? "greater than" : "greater than or equal to", minimum)
            }
        }
        if let maximum = range.maximum {
            if range.exclusiveMaximum ? number >= maximum : number > maximum {
                add(range.exclusiveMaximum ? "less than" : "less than or equal to", maximum)
            }
        }
        if let factor = range.multipleOf, factor > 0 {
            let quotient = number / factor
            if abs(quotient - quotient.rounded()) > 1e-9 { add("a multiple of", factor) }
        }
        if fields.format == "int32", Int32(exactly: number) == nil {
            errors.append(.invalid(path, value, "\(path) in body must be of type int32: \(value.shown)"))
        }
    }

    private func validate(_ items: [JSONValue], at path: String, errors: inout [FieldError]) {
        if let minimum = fields.itemCount.minimum, items.count < minimum {
            errors.append(
                .invalid(path, .int(Int64(items.count)), "\(path) in body should have at least \(minimum) items"))
        }
        if let maximum = fields.itemCount.maximum, items.count > maximum {
            errors.append(.tooMany(path, count: items.count, limit: maximum))
            return
        }
        if let schema = fields.items {
            for (index, item) in items.enumerated() {
                schema.validate(item, at: FieldPath.index(path, index), errors: &errors)
            }
        }
        validateUniqueness(of: items, at: path, errors: &errors)
    }

    private func validateUniqueness(of items: [JSONValue], at path: String, errors: inout [FieldError]) {
        guard fields.listType != .atomic || fields.uniqueItems else { return }
        var seen: Set<JSONValue> = []
        for (index, item) in items.enumerated() {
            let identity: JSONValue =
                fields.listType != .map
                ? item
                : .object(
                    Dictionary(
                        fields.listMapKeys.compactMap { key in item[key].map { (key, $0) } },
                        uniquingKeysWith: { first, _ in first }))
            if !seen.insert(identity).inserted {
                errors.append(.duplicate(FieldPath.index(path, index), identity))
            }
        }
    }

    private func validate(_ members: [String: JSONValue], at path: String, errors: inout [FieldError]) {
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
            schema.validate(value, at: FieldPath.member(path, key), errors: &errors)
        }
    }

    private func validateCombination(_ value: JSONValue, at path: String, errors: inout [FieldError]) {
        let rules = fields.combination
        for schema in rules.allOf { schema.validate(value, at: path, errors: &errors) }
        if !rules.anyOf.isEmpty, !rules.anyOf.contains(where: { $0.validate(value, at: path).isEmpty }) {
            errors.append(.invalid(path, value, "\(path) in body must validate at least one schema (anyOf)"))
        }
        if !rules.oneOf.isEmpty {
            let count = rules.oneOf.count { $0.validate(value, at: path).isEmpty }
            if count != 1 {
                let found = count == 0 ? "Found none valid" : "Found \(count) valid alternatives"
                errors.append(
                    .invalid(path, value, "\(path) in body must validate one and only one schema (oneOf). \(found)"))
            }
        }
        if let not = rules.not, not.validate(value, at: path).isEmpty {
            errors.append(.invalid(path, value, "\(path) in body must not validate the schema (not)"))
        }
    }
}
