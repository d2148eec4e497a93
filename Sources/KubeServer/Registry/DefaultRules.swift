import CEL
import KubeAPI

/// Defaults must be valid, also by the rules, and have no fields that would be pruned.
///
/// Source: apiextensions-apiserver `schema/defaulting` (`ValidateDefaults`).
struct DefaultRules {
    private var errors: [FieldError] = []
    /// What the rules and the patterns may still cost, for all defaults together.
    private var budget = RuleCheck.objectBudget
    private var fuel = RegularExpression.defaultFuel

    static func errors(in schema: JSONValue, at path: String) -> [FieldError] {
        var ignored: [FieldError] = []
        let parsed = Schema.parse(schema, at: path, errors: &ignored)
        guard parsed.fields.hasDefaults else { return [] }
        var rules = DefaultRules()
        rules.check(parsed, path)
        return rules.errors
    }

    private mutating func check(_ schema: Schema, _ path: String) {
        guard schema.fields.hasDefaults, !errors.isFull else { return }
        if let value = schema.fields.defaultValue { check(value, of: schema, FieldPath.member(path, "default")) }
        for (name, property) in schema.fields.properties.sorted(by: { $0.key < $1.key }) {
            check(property, FieldPath.property(path, name))
        }
        if let items = schema.fields.items { check(items, FieldPath.member(path, "items")) }
        if case .values(let values) = schema.fields.additional {
            check(values, FieldPath.member(path, "additionalProperties"))
        }
    }

    private mutating func check(_ value: JSONValue, of schema: Schema, _ path: String) {
        var value = value
        if !schema.prune(&value, isRoot: schema.fields.isEmbeddedResource).isEmpty {
            errors.append(.invalid(path, schema.fields.defaultValue ?? .null, "must not have unknown fields"))
            return
        }
        schema.applyDefaults(to: &value)
        var wrong = schema.validate(value, at: path, fuel: &fuel)
        if wrong.isEmpty {
            wrong = RuleCheck.errors(in: value, at: path, old: nil, schema: schema, budget: &budget)
        }
        errors += wrong
    }
}
