import Foundation
import KubeAPI

/// Reads `application/vnd.kubernetes.protobuf` bodies, which kubectl sends for some built-in kinds.
enum ProtobufDecoding {
    static let mediaType = "application/vnd.kubernetes.protobuf"
    /// Every body starts with these bytes, then comes a `runtime.Unknown`.
    private static let magic = Array("k8s\0".utf8)

    static func decode(_ body: [UInt8]) throws(Status) -> JSONValue {
        do throws(ProtobufReader.Malformed) {
            guard body.starts(with: magic) else { throw ProtobufReader.Malformed() }
            var unknown = ProtobufReader(body.dropFirst(magic.count))
            var type: JSONValue = .object([:])
            var raw: ArraySlice<UInt8> = []
            while let (field, value) = try unknown.next() {
                guard case .bytes(let bytes) = value else { continue }
                if field == 1 {
                    let typeMeta = ProtobufType.message([1: ("apiVersion", .text), 2: ("kind", .text)])
                    type = try Self.value(.bytes(bytes), typeMeta)
                } else if field == 2 {
                    raw = bytes
                }
            }
            let kind = type["kind"]?.stringValue ?? ""
            guard let message = ProtobufType.message(ofKind: kind) else { throw ProtobufReader.Malformed() }
            return MergePatch.apply(type, to: try Self.value(.bytes(raw), message))
        } catch {
            throw .badRequest("the body is not valid protobuf of a kind that is understood; send JSON")
        }
    }

    static func value(
        _ value: ProtobufReader.Value, _ type: ProtobufType
    ) throws(ProtobufReader.Malformed) -> JSONValue {
        switch (type, value) {
        case (.number, .number(let number)): return .int(Int64(bitPattern: number))
        case (.flag, .number(let number)): return .bool(number != 0)
        case (.text, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw ProtobufReader.Malformed() }
            return .string(text)
        case (.bytes, .bytes(let bytes)): return .string(Data(bytes).base64EncodedString())
        case (.time, .bytes(let bytes)): return try time(bytes)
        case (.message(let fields), .bytes(let bytes)): return try message(bytes, fields)
        default: throw ProtobufReader.Malformed()
        }
    }

    /// Empty texts, zeros and nulls are left out, as JSON leaves them out.
    private static func message(
        _ bytes: ArraySlice<UInt8>, _ fields: [Int: (name: String, type: ProtobufType)]
    ) throws(ProtobufReader.Malformed) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var members: [String: JSONValue] = [:]
        var lists: [String: [JSONValue]] = [:]
        while let (number, value) = try reader.next() {
            guard let (name, type) = fields[number] else { continue }
            switch type {
            case .list(let element): lists[name, default: []].append(try Self.value(value, element))
            case .map(let element):
                guard case .bytes(let entry) = value else { throw ProtobufReader.Malformed() }
                let pair = try mapEntry(entry, element)
                members[name, default: .object([:])][pair.key] = pair.value
            default:
                let decoded = try Self.value(value, type)
                if decoded != "", decoded != 0, decoded != .null { members[name] = decoded }
            }
        }
        for (name, items) in lists { members[name] = .array(items) }
        return .object(members)
    }

    private static func mapEntry(
        _ bytes: ArraySlice<UInt8>, _ type: ProtobufType
    ) throws(ProtobufReader.Malformed) -> (key: String, value: JSONValue) {
        var reader = ProtobufReader(bytes)
        var key = ""
        var content: JSONValue = ""
        while let (field, value) = try reader.next() {
            if field == 1 { key = try Self.value(value, .text).stringValue ?? "" }
            if field == 2 { content = try Self.value(value, type) }
        }
        return (key, content)
    }

    /// Seconds and nanoseconds; an empty message is no time.
    private static func time(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        while let (field, value) = try reader.next() {
            guard case .number(let number) = value else { throw ProtobufReader.Malformed() }
            if field == 1 { seconds = Int64(bitPattern: number) }
            if field == 2 { nanoseconds = Int64(bitPattern: number) }
        }
        // Go's zero time, and what no RFC 3339 text can say, are no time either.
        guard seconds != 0 || nanoseconds != 0, (0..<253_402_300_800).contains(seconds) else { return .null }
        return .string(Timestamp(microseconds: seconds * 1_000_000 + nanoseconds / 1000).description)
    }
}
