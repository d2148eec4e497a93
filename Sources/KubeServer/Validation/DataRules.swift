import Foundation
import KubeAPI

/// The rules of ConfigMaps and Secrets (kubernetes `pkg/apis/core/validation`).
enum DataRules {
    private static let limit = 1 << 20
    private static let keyRule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
        + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    /// The keys that a Secret of a type must have.
    private static let requiredKeys: [String: [String]] = [
        "kubernetes.io/tls": ["tls.crt", "tls.key"], "kubernetes.io/dockercfg": [".dockercfg"],
        "kubernetes.io/dockerconfigjson": [".dockerconfigjson"], "kubernetes.io/ssh-auth": ["ssh-privatekey"],
    ]

    static func configMapErrors(_ map: JSONValue, old: JSONValue?) -> [FieldError] {
        var errors = keyErrors(map, "data") + keyErrors(map, "binaryData")
        let binary = map["binaryData"]?.objectValue ?? [:]
        for key in binary.keys.sorted() where map["data"]?[key] != nil {
            errors.append(.invalid("binaryData[\(key)]", .string(key), "duplicate of key present in data"))
        }
        let size = textSize(map["data"]) + bytesSize(map["binaryData"])
        if size > limit { errors.append(.tooLong("", limit: limit)) }
        return errors + immutabilityErrors(map, old, ["data", "binaryData"])
    }

    static func secretErrors(_ secret: JSONValue, old: JSONValue?) -> [FieldError] {
        var errors = keyErrors(secret, "data")
        if bytesSize(secret["data"]) > limit { errors.append(.tooLong("data", limit: limit)) }
        let type = secret["type"]?.stringValue ?? ""
        for key in requiredKeys[type] ?? [] where secret["data"]?[key] == nil {
            errors.append(.required("data[\(key)]"))
        }
        if type == "kubernetes.io/basic-auth", secret["data"]?["username"] == nil, secret["data"]?["password"] == nil {
            errors += ["username", "password"].map { .required("data[\($0)]") }
        }
        for key in [".dockercfg", ".dockerconfigjson"] where requiredKeys[type]?.contains(key) == true {
            guard let text = secret["data"]?[key]?.stringValue, let bytes = Data(base64Encoded: text) else { continue }
            if (try? JSONReader.parse(bytes)) == nil {
                errors.append(.invalid("data[\(key)]", "<secret contents redacted>", "must be valid JSON"))
            }
        }
        if let old, secret["type"] != old["type"] {
            errors.append(.invalid("type", secret["type"] ?? .null, "field is immutable"))
        }
        return errors + immutabilityErrors(secret, old, ["data"])
    }

    private static func keyErrors(_ object: JSONValue, _ field: String) -> [FieldError] {
        (object[field]?.objectValue ?? [:]).keys.sorted().compactMap { key in
            let why: String? =
                if key.utf8.count > 253 {
                    "must be no more than 253 characters"
                } else if key.isEmpty || !key.utf8.allSatisfy(isKeyByte) {
                    keyRule
                } else if key == "." {
                    "must not be '.'"
                } else if key == ".." {
                    "must not be '..'"
                } else if key.hasPrefix("..") {
                    "must not start with '..'"
                } else {
                    nil
                }
            return why.map { .invalid("\(field)[\(key)]", .string(key), $0) }
        }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
            || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
    }

    private static func immutabilityErrors(_ new: JSONValue, _ old: JSONValue?, _ fields: [String]) -> [FieldError] {
        guard let old, old["immutable"] == true else { return [] }
        let rule = "field is immutable when `immutable` is set"
        var errors: [FieldError] = new["immutable"] == true ? [] : [.forbidden("immutable", rule)]
        for field in fields where (new[field] ?? .object([:])) != (old[field] ?? .object([:])) {
            errors.append(.forbidden(field, rule))
        }
        return errors
    }

    private static func textSize(_ map: JSONValue?) -> Int {
        (map?.objectValue ?? [:]).values.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) }
    }

    /// Of what the base64 stands for.
    private static func bytesSize(_ map: JSONValue?) -> Int {
        (map?.objectValue ?? [:]).values.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) / 4 * 3 }
    }
}
