import KubeAPI

extension Schema {
    private static let blocking: Set<FieldError.Kind> = [.notSupported, .required, .tooLong, .tooMany, .typeInvalid]

    /// What the rules of this schema, and of those below it, find wrong.
    ///
    /// - Parameters:
    ///   - object: what is about to be stored.
    ///   - old: what it replaces; nil when it is created.
    ///   - errors: what is wrong with the object already. Of some kinds, they leave a value that rules cannot look at.
    /// - Returns: the errors of the rules.
    func ruleErrors(in object: JSONValue, old: JSONValue?, after errors: [FieldError]) -> [FieldError] {
        guard fields.hasRules else { return [] }
        if errors.contains(where: { Self.blocking.contains($0.kind) }) {
            return [
                .general(
                    "some validation rules were not checked because the object was invalid; correct the existing "
                        + "errors to complete validation", shown: "\"null\"")
            ]
        }
        var budget = RuleCheck.objectBudget
        return RuleCheck.errors(in: object, old: old, schema: self, budget: &budget)
    }
}
