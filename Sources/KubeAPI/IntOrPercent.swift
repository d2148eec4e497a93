/// A count, or a share of a total such as `25%` (`intstr.IntOrString` as workloads use it).
public enum IntOrPercent: Sendable, Hashable {
    case count(Int)
    case percent(Int)

    public enum Rounding: Sendable { case up, down }

    /// The count that this means of `total`: at least 0, and at most what 32 bits hold, as in Kubernetes.
    ///
    /// Source: apimachinery `GetScaledValueFromIntOrPercent`.
    public func resolved(of total: Int, rounding: Rounding) -> Int {
        let limits = 0...Int(Int32.max)
        let total = min(max(total, limits.lowerBound), limits.upperBound)
        switch self {
        case .count(let count): return min(max(count, limits.lowerBound), limits.upperBound)
        case .percent(let percent):
            return min((total * percent + (rounding == .up ? 99 : 0)) / 100, limits.upperBound)
        }
    }
}

extension IntOrPercent: Codable, CustomStringConvertible {
    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let count = try? container.decode(Int.self) {
            self = .count(count)
            return
        }
        let text = try container.decode(String.self)
        guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (0...10_000).contains(percent) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is neither a whole number nor a percentage such as 25%")
        }
        self = .percent(percent)
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .count(let count): try count.encode(to: encoder)
        case .percent: try description.encode(to: encoder)
        }
    }
}
