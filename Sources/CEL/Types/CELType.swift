/// A type of the language, as the checker sees it.
public indirect enum CELType: Sendable, Hashable {
    /// Known only when the expression runs.
    case dyn
    case null, bool, int, uint, double, string, bytes, timestamp, duration, type
    case list(CELType)
    case map(CELType, CELType)
    case optional(CELType)
    /// An object with declared fields.
    case object(ObjectType)
    /// A type that only functions look into: a quantity, a URL, an address.
    case opaque(String)
    /// A type that a call decides, in declarations: `A`, `B`.
    case parameter(String)

    /// The type as messages name it.
    public var name: String {
        switch self {
        case .dyn: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .type: "type"
        case .list(let element): "list(\(element.name))"
        case .map(let key, let value): "map(\(key.name), \(value.name))"
        case .optional(let wrapped): "optional_type(\(wrapped.name))"
        case .object(let object): object.name
        case .opaque(let name): name
        case .parameter(let name): name
        }
    }
}
