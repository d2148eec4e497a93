import KubeAPI

/// One request, read and free of any HTTP library.
struct APICall: Sendable {
    var method: String
    var path: String
    var query = Query()
    var accept = ""
    var contentType = ""
    /// The entity tags that the client has.
    var ifNoneMatch = ""
    var body: [UInt8] = []

    /// The body as JSON; some kinds may come as protobuf.
    func json() throws(Status) -> (value: JSONValue, duplicates: [String]) {
        if mediaType == ProtobufDecoding.mediaType { return (try ProtobufDecoding.decode(body), []) }
        if !contentType.isEmpty, mediaType != "application/json", !mediaType.hasSuffix("+json") {
            throw .unsupportedMediaType(mediaType, allowed: ["application/json"])
        }
        do throws(JSONError) { return try JSONReader.parseReportingDuplicates(body) } catch {
            throw .badRequest("the body is not valid JSON: \(error)")
        }
    }

    /// The content type without its parameters.
    var mediaType: String {
        String((contentType.split(separator: ";").first ?? "").trimmed).lowercased()
    }

    /// The form that the client wants, by the first media type of `Accept` that can be given.
    func form() throws(Status) -> ResponseForm {
        if accept.isEmpty { return .json }
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { String($0.trimmed) }
            guard let type = parts.first, ["application/json", "*/*", "application/*"].contains(type) else { continue }
            let parameters = Set(parts.dropFirst())
            if parameters.contains("as=Table") {
                if parameters.contains("v=v1"), parameters.contains("g=meta.k8s.io") { return .table }
            } else if parameters.contains("as=APIGroupDiscoveryList") {
                if parameters.contains("v=v2") { return .aggregatedDiscovery }
            } else if parameters.contains("as=PartialObjectMetadataList")
                || parameters.contains("as=PartialObjectMetadata")
            {
                if parameters.contains("v=v1") { return .metadata }
            } else {
                return .json
            }
        }
        throw .notAcceptable
    }
}

/// The forms that an answer can have.
enum ResponseForm: Sendable {
    case json, table, metadata, aggregatedDiscovery
}

/// What the server answers.
struct APIReply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case watch(OpenWatch)
        /// Text that is read while it is sent.
        case log(PodLogReader)
    }

    var code = 200
    var contentType = "application/json"
    var warnings: [String] = []
    /// Besides those that every answer has.
    var headers: [String: String] = [:]
    var body: Body

    init(_ value: JSONValue, code: Int = 200, warnings: [String] = []) {
        body = .bytes(value.serializedBytes())
        self.code = code
        self.warnings = warnings
    }

    init(bytes: [UInt8], code: Int = 200, contentType: String = "application/json") {
        body = .bytes(bytes)
        self.code = code
        self.contentType = contentType
    }

    init(watch: OpenWatch) { body = .watch(watch) }

    init(log: @escaping PodLogReader) {
        body = .log(log)
        contentType = "text/plain; charset=utf-8"
    }

    init(_ status: Status) {
        let bytes = (try? JSONValue(encoding: status))?.serializedBytes() ?? []
        self.init(bytes: bytes, code: status.code)
    }
}
