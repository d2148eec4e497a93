import Foundation
import KubeAPI

/// The string formats that are checked (those of kube-openapi `strfmt` that schemas of custom resources use).
///
/// A format that is not in this list is accepted whatever the text, as upstream does.
enum StringFormat {
    static func accepts(_ text: String, format: String) -> Bool {
        switch format {
        case "date-time", "datetime": Timestamp(text) != nil
        case "date": text.utf8.count == 10 && Timestamp("\(text)T00:00:00Z") != nil
        case "byte": Data(base64Encoded: text) != nil
        case "uuid": UUID(uuidString: text) != nil
        case "ipv4": isIPv4(text)
        default: true
        }
    }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard let value = UInt8(part) else { return false }
                return String(value) == part
            }
    }
}
