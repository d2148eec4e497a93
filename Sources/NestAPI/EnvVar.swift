/// One environment variable: a value, or a reference to one key of a Secret or ConfigMap of the same namespace.
public struct EnvVar: Codable, Sendable, Equatable {
    public struct Source: Codable, Sendable, Equatable {
        public var secretKeyRef: KeyReference?
        public var configMapKeyRef: KeyReference?

        public init(secretKeyRef: KeyReference? = nil, configMapKeyRef: KeyReference? = nil) {
            self.secretKeyRef = secretKeyRef
            self.configMapKeyRef = configMapKeyRef
        }
    }

    public struct KeyReference: Codable, Sendable, Equatable {
        public var name: String
        public var key: String
        /// Whether the variable is left out, not an error, when the object or the key is absent.
        public var optional: Bool
        /// What happens to a running sandbox when the value changes.
        public var onUpdate: OnUpdate

        public init(name: String, key: String, optional: Bool = false, onUpdate: OnUpdate = .ignore) {
            self.name = name
            self.key = key
            self.optional = optional
            self.onUpdate = onUpdate
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            key = try container.decode(String.self, forKey: .key)
            optional = try container.decode(.optional, default: false)
            onUpdate = try container.decode(.onUpdate, default: .ignore)
        }
    }

    /// A process cannot be given another environment: it keeps the old one, or is started again.
    public enum OnUpdate: String, Codable, Sendable {
        /// The next start reads the new value, as with Kubernetes' pods.
        case ignore = "Ignore"
        case restart = "Restart"
    }

    public var name: String
    public var value: String?
    public var valueFrom: Source?

    public init(name: String, value: String? = nil, valueFrom: Source? = nil) {
        self.name = name
        self.value = value
        self.valueFrom = valueFrom
    }

    /// Whether a running sandbox is started again when the value changes.
    public var restartsOnUpdate: Bool {
        let reference = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef
        return reference?.onUpdate == .restart
    }
}
