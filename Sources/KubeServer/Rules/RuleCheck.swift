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
        /// The nearest part around that can be compared.
        var around: (value: JSONValue, old: JSONValue)?

        /// Nothing here has changed: what was wrong before may stay so (`CRDValidationRatcheting`).
        var isUnchanged: Bool {
            if let old { return value == old }
            guard let around else { return false }
            return around.value == around.old
        }

        func child(_ value: JSONValue, old child: JSONValue?, at path: String) -> Place {
            Place(value: value, old: child, path: path, around: old.map { (self.value, $0) } ?? around)
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
    ///   - old: what it replaces; nil when it is created.
    ///   - schema: has rules.
    ///   - budget: what they may cost together.
    /// - Returns: the errors, worded as upstream words them.
    static func errors(
        in object: JSONValue, old: JSONValue?, schema: Schema, budget: Int = objectBudget
    ) -> [FieldError] {
        var check = RuleCheck(budget: budget)
        check.walk(schema, Place(value: object, old: old, path: "", around: nil))
        return check.errors
    }

    private mutating func walk(_ schema: Schema, _ place: Place) {
        guard schema.fields.hasRules, place.value != .null, !isExhausted else { return }
        if !schema.fields.rules.isEmpty { run(schema.fields, place) }
        switch place.value {
        case .object(let members):
            for key in members.keys.sorted() {
                guard let value = members[key], let child = schema.schema(ofMember: key) else { continue }
                let isProperty = schema.fields.properties[key] != nil
                let path = isProperty ? FieldPath.member(place.path, key) : FieldPath.key(place.path, key)
                walk(child, place.child(value, old: place.old?[key], at: path))
            }
        case .array(let items):
            guard let child = schema.fields.items, child.fields.hasRules else { return }
            let before = schema.fields.keyed(place.old?.arrayValue ?? [])
            for (index, item) in items.enumerated() {
                let old = schema.fields.identity(of: item).flatMap { before[$0] }
                walk(child, place.child(item, old: old, at: FieldPath.index(place.path, index)))
            }
        default: break
        }
    }

    private mutating func run(_ fields: Schema.Fields, _ place: Place) {
        guard let type = fields.dataType else { return }
        let value = Value(place.value, as: type)
        let old = place.old.flatMap { $0 == .null ? nil : Value($0, as: type) }
        for rule in fields.rules where !isExhausted {
            if rule.isTransition, old == nil, !rule.hasOptionalOldSelf { continue }
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
        if !rule.isTransition, place.isUnchanged { return }
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
        let trimmed = text.trimmingSpace
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
