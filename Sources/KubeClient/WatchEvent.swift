import FoundationEssentials
import KubeAPI

/// One change that a watch reports.
public enum WatchEvent<Object: KubeObject>: Sendable, Equatable {
    case added(Object)
    case modified(Object)
    /// The object as it was last.
    case deleted(Object)
    /// Nothing has happened up to this version: a watch can go on from here.
    case bookmark(resourceVersion: String)
}

extension WatchEvent {
    /// The version after which a watch would go on.
    public var resourceVersion: String? {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object.metadata.resourceVersion
        case .bookmark(let version): version
        }
    }
}

/// What stands on one line of a watch: an event, or the error that ends it.
enum WatchLine<Object: KubeObject>: Decodable {
    case event(WatchEvent<Object>)
    case failure(Status)

    private enum CodingKeys: String, CodingKey { case type, object }
    private struct Bookmark: Decodable {
        struct Metadata: Decodable { var resourceVersion: String }
        var metadata: Metadata
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "ADDED": self = .event(.added(try container.decode(Object.self, forKey: .object)))
        case "MODIFIED": self = .event(.modified(try container.decode(Object.self, forKey: .object)))
        case "DELETED": self = .event(.deleted(try container.decode(Object.self, forKey: .object)))
        case "BOOKMARK":
            let bookmark = try container.decode(Bookmark.self, forKey: .object)
            self = .event(.bookmark(resourceVersion: bookmark.metadata.resourceVersion))
        case "ERROR": self = .failure(try container.decode(Status.self, forKey: .object))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "'\(type)' is no type of watch event")
        }
    }
}
