import CEL
import KubeAPI

/// Runs the rules of a schema over an object and, on updates, over what it was before.
///
/// Source: apiextensions-apiserver `schema/cel` (`Validator`).
struct RuleCheck {
    /// What all rules of one object may cost together (Kubernetes' `RuntimeCELCostBudget`).
    static let objectBudget = 10_000_000

    /// A value, and what it was where the two can be told to be the same part of the object.
    private struct Place {
        var value: JSONValue
        var old: JSONValue?
        var path: String
        /// Nothing here has changed, or in what is around it: what was wrong before may stay so
        /// (`CRDValidationRatcheting`).
        var isUnchanged: Bool

        init(_ value: JSONValue, old: JSONValue?, at path: String, isUnchanged: Bool = false) {
            self.value = value
            self.old = old
            self.path = path
            self.isUnchanged = isUnchanged || old == value
        }
    }

    private var errors: [FieldError] = []
    private var budget: Int
    private var isExhausted = false

    private init(budget: Int) { self.budget = budget }

    /// What the rules find wrong.
    ///
    /// - Parameters:
    ///   - object: fits its schema.
    ///   - path: where it stands.
    ///   - old: what it replaces; nil when it is created.
    ///   - schema: has rules.
    ///   - budget: what they may cost together, and then what is left of it.
    /// - Returns: the errors, worded as upstream words them.
    static func errors(
        in object: JSONValue, at path: String = "", old: JSONValue?, schema: Schema, budget: inout Int
    ) -> [FieldError] {
        var check = RuleCheck(budget: budget)
        check.walk(schema, Place(object, old: old, at: path))
        budget = check.budget
        return check.errors
    }

    private mutating func walk(_ schema: Schema, _ place: Place) {
        guard schema.fields.hasRules, place.value != .null, !isExhausted, !errors.isFull else { return }
        if place.isUnchanged, !schema.fields.hasTransitionRules { return }
        if !schema.fields.rules.isEmpty { run(schema.fields, place) }
        switch place.value {
        case .object(let members):
            for key in members.keys.sorted() {
                guard let value = members[key], let child = schema.schema(ofMember: key), child.fields.hasRules else {
                    continue
                }
                let isProperty = schema.fields.properties[key] != nil
                let path = isProperty ? FieldPath.member(place.path, key) : FieldPath.key(place.path, key)
                walk(child, Place(value, old: place.old?[key], at: path, isUnchanged: place.isUnchanged))
            }
        case .array(let items):
            guard let child = schema.fields.items, child.fields.hasRules else { return }
            let before = schema.fields.keyed(place.old?.arrayValue ?? [])
            for (index, item) in items.enumerated() {
                let old = schema.fields.identity(of: item).flatMap { before[$0] }
                let path = FieldPath.index(place.path, index)
                walk(child, Place(item, old: old, at: path, isUnchanged: place.isUnchanged))
            }
        default: break
        }
    }

    private mutating func run(_ fields: Schema.Fields, _ place: Place) {
        guard let type = fields.dataType else { return }
        let value = Value(place.value, as: type)
        let old = place.old.flatMap { $0 == .null ? nil : Value($0, as: type) }
        for rule in fields.rules where !isExhausted && !errors.isFull {
            if rule.isTransition ? old == nil && !rule.hasOptionalOldSelf : place.isUnchanged { continue }
            var variables = ["self": value]
            variables["oldSelf"] = rule.hasOptionalOldSelf ? .optional(old) : old
            let outcome = rule.program.evaluate(variables)
            guard spend(outcome.cost, fields, place) else { return }
            switch outcome.result {
            case .success(.bool(true)): break
            case .success: fail(rule, variables, fields, place)
            case .failure(let error): add(error, rule, fields, place)
            }
        }
    }

    /// - Returns: false when the object's budget is used up: then nothing more is run.
    private mutating func spend(_ cost: Int, _ fields: Schema.Fields, _ place: Place) -> Bool {
        if cost <= budget {
            budget -= cost
            return true
        }
        isExhausted = true
        add(
            "validation failed due to running out of cost budget, no further validation rules will be run", fields,
            place)
        return false
    }

    private mutating func add(_ detail: String, _ fields: Schema.Fields, _ place: Place) {
        errors.append(.invalid(place.path, .string(fields.type ?? ""), detail))
    }

    /// A rule that has no answer refuses the object.
    private mutating func add(
        _ error: EvaluationError, _ rule: ValidationRule, _ fields: Schema.Fields, _ place: Place
    ) {
        if error.isFatal {
            isExhausted = true
            add(
                "'\(error.message)': no further validation rules will be run due to call cost exceeds limit for rule: "
                    + rule.name, fields, place)
        } else if error.message.hasPrefix("no such overload") {
            add(
                "'\(error.message)': call arguments did not match a supported operator, function or macro signature "
                    + "for rule: \(rule.name)", fields, place)
        } else {
            add("\(error.message) evaluating rule: \(rule.name)", fields, place)
        }
    }

    private mutating func fail(
        _ rule: ValidationRule, _ variables: [String: Value], _ fields: Schema.Fields, _ place: Place
    ) {
        let detail = message(of: rule, variables) ?? rule.message ?? "failed rule: \(rule.text)"
        var path = place.path + rule.fieldPath
        if place.path.isEmpty, path.hasPrefix(".") { path.removeFirst() }
        let type = JSONValue.string(fields.type ?? "")
        switch rule.reason {
        case .forbidden: errors.append(.forbidden(path, detail))
        case .required: errors.append(.required(path, detail))
        case .duplicate: errors.append(.duplicate(path, type))
        default: errors.append(.invalid(path, type, detail))
        }
    }

    /// What the rule's expression says; nil when it says nothing that can be used.
    private mutating func message(of rule: ValidationRule, _ variables: [String: Value]) -> String? {
        guard let program = rule.messageExpression else { return nil }
        let outcome = program.evaluate(variables, limit: min(Program.callLimit, budget))
        budget -= outcome.cost
        guard case .success(.string(let text)) = outcome.result else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty || trimmed.contains("\n") || trimmed.utf8.count > 5 * 1024 ? nil : trimmed
    }
}

extension Schema.Fields {
    /// What tells an item of a `listType: map` from others; nil in other lists.
    func identity(of item: JSONValue) -> JSONValue? {
        guard listType == .map else { return nil }
        let pairs = listMapKeys.compactMap { key in item[key].map { (key, $0) } }
        return .object(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }

    /// The items of a `listType: map` by what tells them apart; none of other lists.
    func keyed(_ items: [JSONValue]) -> [JSONValue: JSONValue] {
        Dictionary(
            items.compactMap { item in identity(of: item).map { ($0, item) } }, uniquingKeysWith: { first, _ in first })
    }
}
