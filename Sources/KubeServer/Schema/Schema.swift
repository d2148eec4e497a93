import CEL
import KubeAPI

/// A structural OpenAPI v3 schema, as CustomResourceDefinitions hold it, ready to validate with.
final class Schema: Sendable {
    /// What may stand in an object beside its named properties.
    enum Additional: Sendable {
        case refused
        case anything
        case values(Schema)
    }

    /// What must hold of a number.
    struct Range: Sendable {
        var minimum: Double?
        var maximum: Double?
        var exclusiveMinimum = false
        var exclusiveMaximum = false
        var multipleOf: Double?
    }

    /// What must hold of a length: of a string, an array or an object.
    struct Length: Sendable {
        var minimum: Int?
        var maximum: Int?
    }

    /// How the entries of a list are told apart (`x-kubernetes-list-type`).
    enum ListType: String, Sendable { case atomic, set, map }

    /// Value validations that combine schemas.
    struct Combination: Sendable {
        var allOf: [Schema] = []
        var anyOf: [Schema] = []
        var oneOf: [Schema] = []
        var not: Schema?

        var isEmpty: Bool { allOf.isEmpty && anyOf.isEmpty && oneOf.isEmpty && not == nil }
    }

    struct Fields: Sendable {
        /// nil: any type, or what `isIntOrString` says.
        var type: String?
        var format: String?
        var properties: [String: Schema] = [:]
        var additional = Additional.refused
        var items: Schema?
        var required: [String] = []
        var allowed: [JSONValue] = []
        var pattern: RegularExpression?
        var range = Range()
        var stringLength = Length()
        var itemCount = Length()
        var memberCount = Length()
        var uniqueItems = false
        var isNullable = false
        var isIntOrString = false
        var preservesUnknown = false
        var isEmbeddedResource = false
        var defaultValue: JSONValue?
        var listType = ListType.atomic
        var listMapKeys: [String] = []
        var combination = Combination()
        /// Some schema in here or below has a default.
        var hasDefaults = false
        /// What rules may see of a value; nil: nothing.
        var dataType: DataType?
        /// `x-kubernetes-validations`, compiled.
        var rules: [ValidationRule] = []
        /// Some schema in here or below has rules.
        var hasRules = false
        /// Some of those compare with what was before.
        var hasTransitionRules = false
        /// Some schema in here or below says what makes a list a set or map, or is of an embedded object.
        var hasStructure = false
    }

    let fields: Fields

    init(_ fields: Fields) { self.fields = fields }

    /// The schema of one member, or nil when the object may not have it.
    func schema(ofMember key: String) -> Schema? {
        if let named = fields.properties[key] { return named }
        if case .values(let schema) = fields.additional { return schema }
        return nil
    }

    /// Unknown members stay as they are: pruning and strict decoding leave them alone.
    var keepsUnknownMembers: Bool {
        if fields.preservesUnknown { return true }
        if case .anything = fields.additional { return true }
        return false
    }
}
