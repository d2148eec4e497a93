/// What keeps sandboxes apart on this machine, found by trying: what `nest-jail --probe` prints as JSON.
public struct ConfinementReport: Codable, Sendable, Equatable {
    public enum Level: String, Codable, Sendable {
        case full = "Full"
        case reduced = "Reduced"
    }

    public enum Mechanism: String, Codable, Sendable, CaseIterable {
        case noNewPrivs = "NoNewPrivs"
        case seccomp = "Seccomp"
        case capabilities = "Capabilities"
        case rlimits = "Rlimits"
        case userPerSandbox = "UserPerSandbox"
    }

    /// `Full` when every mechanism is in force.
    public var level: Level
    /// In force.
    public var mechanisms: [Mechanism]
    /// Not in force, each with the cause: `UserPerSandbox: not running as root`.
    public var missing: [String]

    /// A report of mechanisms that hold, and of causes why others do not.
    public init(causes: [Mechanism: String]) {
        mechanisms = Mechanism.allCases.filter { causes[$0] == nil }
        missing = Mechanism.allCases.compactMap { mechanism in causes[mechanism].map { "\(mechanism.rawValue): \($0)" }
        }
        level = causes.isEmpty ? .full : .reduced
    }

    /// Whether `mechanism` is in force.
    public func has(_ mechanism: Mechanism) -> Bool { mechanisms.contains(mechanism) }
}

extension ConfinementReport {
    /// The report as one line of JSON; written by hand because `nest-jail` links no Foundation.
    var json: String {
        func list(_ words: [String]) -> String { "[" + words.map(Self.quoted).joined(separator: ",") + "]" }
        return "{\"level\":\(Self.quoted(level.rawValue)),\"mechanisms\":\(list(mechanisms.map(\.rawValue))),"
            + "\"missing\":\(list(missing))}"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20: out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
