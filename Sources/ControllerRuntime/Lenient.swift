import KubeAPI

/// An object, or what can be told of one that does not decode.
///
/// One object that a user managed to write in a form that this program does not know must not blind a controller to
/// all the others, as it would if it failed a whole list.
enum Lenient<Object: KubeObject>: KubeObject {
    case readable(Object)
    case unreadable(ObjectMeta, reason: String)

    static var resource: ResourceType { Object.resource }

    private enum CodingKeys: String, CodingKey { case metadata }

    init(from decoder: any Decoder) throws {
        do {
            self = .readable(try Object(from: decoder))
        } catch {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self = .unreadable(try container.decode(ObjectMeta.self, forKey: .metadata), reason: "\(error)")
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .readable(let object): try object.encode(to: encoder)
        case .unreadable(let metadata, _):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(metadata, forKey: .metadata)
        }
    }

    var object: Object? { if case .readable(let object) = self { object } else { nil } }

    var metadata: ObjectMeta {
        get {
            switch self {
            case .readable(let object): object.metadata
            case .unreadable(let metadata, _): metadata
            }
        }
        set {
            switch self {
            case .readable(var object):
                object.metadata = newValue
                self = .readable(object)
            case .unreadable(_, let reason): self = .unreadable(newValue, reason: reason)
            }
        }
    }
}
