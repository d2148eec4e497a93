import KubeAPI

/// The type of a piece of an object, as its schema has it: how its JSON becomes a value.
public indirect enum DataType: Sendable, Hashable {
    /// Any JSON, such as an int-or-string.
    case any
    case scalar(CELType)
    case list(DataType, identity: ListIdentity)
    case map(DataType)
    case object(ObjectType)

    /// What the checker knows of it.
    public var type: CELType {
        switch self {
        case .any: .dyn
        case .scalar(let type): type
        case .list(let element, _): .list(element.type)
        case .map(let value): .map(.string, value.type)
        case .object(let object): .object(object)
        }
    }
}

/// What makes two entries of a list the same one (`x-kubernetes-list-type`): it decides what `==` and `+` mean.
public enum ListIdentity: Sendable, Hashable {
    case ordered
    case set
    case map(keys: [String])
}

/// An object whose fields a schema declares.
public final class ObjectType: Sendable, Hashable {
    public struct Field: Sendable {
        /// The name in the JSON; the field's name in expressions is its escaped form.
        public let jsonName: String
        public let type: DataType

        public init(jsonName: String, type: DataType) {
            self.jsonName = jsonName
            self.type = type
        }
    }

    public let name: String
    /// By the name that expressions use.
    let fields: [String: Field]
    private let types: [String: DataType]

    /// - Parameters:
    ///   - name: as messages show it.
    ///   - properties: by their names in the JSON. Those that cannot be named in an expression are left out.
    public init(name: String, properties: [String: DataType]) {
        self.name = name
        var fields: [String: Field] = [:]
        for (name, type) in properties {
            if let escaped = FieldName.escaped(name) { fields[escaped] = Field(jsonName: name, type: type) }
        }
        self.fields = fields
        types = properties
    }

    /// The type of a property by its name in the JSON.
    func type(ofProperty name: String) -> DataType? { types[name] }

    public static func == (left: ObjectType, right: ObjectType) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// How Kubernetes names fields in expressions whose JSON names are no identifiers of the language.
public enum FieldName {
    static let reserved: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    /// `a.b` as `a__dot__b`, `namespace` as `__namespace__`; nil when no escape makes it an identifier.
    public static func escaped(_ name: String) -> String? {
        if reserved.contains(name) { return "__\(name)__" }
        let bytes = Array(name.utf8)
        guard let first = bytes.first, !(48...57).contains(first) else { return nil }
        var result = ""
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 95 where index + 1 < bytes.count && bytes[index + 1] == 95:
                result += "__underscores__"
                index += 1
            case 46: result += "__dot__"
            case 45: result += "__dash__"
            case 47: result += "__slash__"
            case 48...57, 65...90, 95, 97...122: result.unicodeScalars.append(Unicode.Scalar(bytes[index]))
            default: return nil
            }
            index += 1
        }
        return result
    }
}
