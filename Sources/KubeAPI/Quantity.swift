/// A Kubernetes quantity: `10m`, `1.5`, `128Mi`, `2G`, `1e3` (apimachinery `resource.Quantity`).
public struct Quantity: Sendable, Hashable {
    /// The text as it was written, so that a round trip changes nothing.
    public let text: String
    /// The value in thousandths, rounded up as Kubernetes does; what is beyond 64 bits is the largest that they hold.
    public let milli: Int64

    /// Rounded up to a whole number.
    public var value: Int64 { milli > 0 ? (milli - 1) / 1000 + 1 : milli / 1000 }

    private static let suffixes: [(suffix: String, factor: Double)] = [
        ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
        ("Pi", 1_125_899_906_842_624), ("Ei", 1_152_921_504_606_846_976), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
        ("k", 1e3), ("M", 1e6), ("G", 1e9),
        ("T", 1e12), ("P", 1e15), ("E", 1e18),
    ]

    /// nil when the text is no quantity.
    ///
    /// Any number is one: what the API takes, its clients must read.
    public init?(_ text: String) {
        let found = Self.suffixes.first { text.hasSuffix($0.suffix) }
        let digits = found.map { String(text.dropLast($0.suffix.count)) } ?? text
        guard digits.utf8.allSatisfy(Self.isNumeric), let number = Double(digits), !number.isNaN else { return nil }
        let scaled = (number * (found?.factor ?? 1) * 1000).rounded(.up)
        self.text = text
        milli = Int64(exactly: scaled) ?? (scaled < 0 ? .min : .max)
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || byte == 46 || byte == 43 || byte == 45 || byte == 101 || byte == 69
    }

    public static func milliCPU(_ milli: Int64) -> Quantity {
        Quantity(text: milli % 1000 == 0 ? "\(milli / 1000)" : "\(milli)m", milli: milli)
    }

    /// A byte count in its largest whole binary unit.
    public static func bytes(_ bytes: Int64) -> Quantity {
        for (suffix, factor) in [("Gi", Int64(1) << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)]
        where bytes != 0 && bytes % factor == 0 {
            return Quantity(text: "\(bytes / factor)\(suffix)", milli: thousandths(bytes))
        }
        return Quantity(text: "\(bytes)", milli: thousandths(bytes))
    }

    private static func thousandths(_ whole: Int64) -> Int64 {
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: 1000)
        return isTooLarge ? (whole < 0 ? .min : .max) : product
    }

    private init(text: String, milli: Int64) {
        self.text = text
        self.milli = milli
    }

    public static func == (left: Quantity, right: Quantity) -> Bool { left.milli == right.milli }
    public func hash(into hasher: inout Hasher) { hasher.combine(milli) }
}

extension Quantity: Codable, CustomStringConvertible, Comparable {
    public var description: String { text }

    public static func < (left: Quantity, right: Quantity) -> Bool { left.milli < right.milli }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text =
            if let whole = try? container.decode(Int64.self) { String(whole) } else {
                try container.decode(String.self)
            }
        guard let value = Quantity(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a quantity such as 10m, 2 or 128Mi")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}
