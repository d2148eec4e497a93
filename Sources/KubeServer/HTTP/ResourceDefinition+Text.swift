import KubeAPI

extension ResourceDefinition {
    /// The JSON text of an object as this definition shows it, as of a revision.
    ///
    /// - Parameters:
    ///   - object: an object of this resource.
    ///   - revision: the resourceVersion to show; nil: the object's own.
    /// - Returns: the stored text itself wherever that is what is asked for.
    func text(of object: StoredObject, at revision: Int64? = nil) -> [UInt8] {
        var text = object.bytes
        if !text.starts(with: "{\"apiVersion\":\"\(type.apiVersion)\"".utf8) {
            text = shown(object.value).serializedBytes()
        }
        if let revision, revision != object.revision {
            text = JSONText.replacing(["metadata", "resourceVersion"], with: .string(String(revision)), in: text)
        }
        return text
    }
}
