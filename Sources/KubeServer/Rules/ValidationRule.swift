import CEL
import KubeAPI

/// One rule of `x-kubernetes-validations`, compiled.
struct ValidationRule: Sendable {
    /// The rule's text, as messages show it.
    let text: String
    let program: Program
    /// What is said when the rule does not hold, unless `messageExpression` gives something.
    let message: String?
    let messageExpression: Program?
    let reason: FieldError.Kind
    /// What follows the value's path in the error's path: `.name`, `[key]`.
    let fieldPath: String
    /// `oldSelf` is an optional, and the rule runs without an old value, too.
    let hasOptionalOldSelf: Bool

    /// The rule compares with the value before: it runs on updates, and always.
    var isTransition: Bool { program.variables.contains("oldSelf") }

    /// How an error that the rule itself runs into names it.
    var name: String { message ?? text }
}

extension ValidationRule {
    private static let reasons: [String: FieldError.Kind] = [
        "FieldValueInvalid": .invalid, "FieldValueForbidden": .forbidden, "FieldValueRequired": .required,
        "FieldValueDuplicate": .duplicate,
    ]

    /// Reads and compiles a rule.
    ///
    /// - Parameters:
    ///   - json: the `ValidationRule` of the schema.
    ///   - path: where it stands.
    ///   - fields: the schema that it stands in.
    ///   - type: what it may see.
    ///   - errors: takes what is wrong with it.
    /// - Returns: nil when something is wrong.
    static func parse(
        _ json: JSONValue, at path: String, in fields: Schema.Fields, type: DataType, errors: inout [FieldError]
    ) -> ValidationRule? {
        let before = errors.count
        let text = (json["rule"]?.stringValue ?? "").trimmed
        if text.isEmpty {
            errors.append(.required("\(path).rule", "rule is not specified"))
            return nil
        }
        checkMessages(json, rule: text, at: path, errors: &errors)
        let isOptional = json["optionalOldSelf"]?.boolValue ?? false
        let variables: [String: CELType] = [
            "self": type.type, "oldSelf": isOptional ? .optional(type.type) : type.type,
        ]
        let program = compile(text, variables, .bool, json, at: "\(path).rule", errors: &errors)
        var messageExpression: Program?
        if let source = json["messageExpression"]?.stringValue?.trimmed, !source.isEmpty {
            messageExpression = compile(
                source, variables, .string, json, at: "\(path).messageExpression", errors: &errors)
        }
        var reason = FieldError.Kind.invalid
        if let name = json["reason"]?.stringValue {
            if let known = reasons[name] {
                reason = known
            } else {
                errors.append(
                    .notSupported(
                        "\(path).reason", .string(name), allowed: reasons.keys.sorted().map(JSONValue.string)))
            }
        }
        let fieldPath = json["fieldPath"]?.stringValue.flatMap {
            suffix(of: $0, in: fields, at: "\(path).fieldPath", errors: &errors)
        }
        guard let program, errors.count == before else { return nil }
        return ValidationRule(
            text: text, program: program, message: json["message"]?.stringValue?.trimmed,
            messageExpression: messageExpression, reason: reason, fieldPath: fieldPath ?? "",
            hasOptionalOldSelf: isOptional)
    }

    private static func checkMessages(
        _ json: JSONValue, rule: String, at path: String, errors: inout [FieldError]
    ) {
        let message = json["message"]?.stringValue
        if let message {
            if message.trimmed.isEmpty {
                errors.append(.invalid("\(path).message", .string(message), "message must be non-empty if specified"))
            } else if message.contains("\n") {
                errors.append(.invalid("\(path).message", .string(message), "message must not contain line breaks"))
            } else if message.utf8.count > 2048 {
                errors.append(.tooLong("\(path).message", limit: 2048))
            }
        } else if rule.contains("\n"), json["messageExpression"] == nil {
            errors.append(.required("\(path).message", "message must be specified if rule contains line breaks"))
        }
        if let expression = json["messageExpression"]?.stringValue, expression.trimmed.isEmpty {
            errors.append(
                .required("\(path).messageExpression", "messageExpression must be non-empty if specified"))
        }
    }

    private static func compile(
        _ source: String, _ variables: [String: CELType], _ wanted: CELType, _ json: JSONValue, at path: String,
        errors: inout [FieldError]
    ) -> Program? {
        do throws(Program.Errors) {
            let program = try Program(source, variables: variables)
            if program.resultType == wanted { return program }
            let what =
                wanted == .bool
                ? "cel expression must evaluate to a bool" : "messageExpression must evaluate to a string"
            errors.append(FieldError(kind: .invalid, path: path, body: "Invalid value: \(shown(json)): \(what)"))
        } catch {
            let kind = wanted == .bool ? "compilation failed" : "messageExpression compilation failed"
            errors.append(
                FieldError(kind: .invalid, path: path, body: "Invalid value: \(shown(json)): \(kind): \(error)"))
        }
        return nil
    }

    /// A rule as upstream's messages print it.
    private static func shown(_ json: JSONValue) -> String {
        func text(_ name: String) -> String { "\(name.capitalizedFirst):\(json[name]?.shown ?? "\"\"")" }
        let reason = json["reason"]?.shown ?? "(*apiextensions.FieldValueErrorReason)(nil)"
        let optional = json["optionalOldSelf"]?.shown ?? "(*bool)(nil)"
        return "apiextensions.ValidationRule{\(text("rule")), \(text("message")), \(text("messageExpression")), "
            + "Reason:\(reason), \(text("fieldPath")), OptionalOldSelf:\(optional)}"
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
