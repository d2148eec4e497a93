extension Library {
    /// What the accessors of a moment give.
    static let timestampParts: [String: @Sendable (Calendar.Parts) -> Int] = [
        "getFullYear": { $0.year }, "getMonth": { $0.month - 1 }, "getDayOfYear": { $0.dayOfYear },
        "getDayOfMonth": { $0.day - 1 }, "getDate": { $0.day }, "getDayOfWeek": { $0.dayOfWeek },
        "getHours": { $0.hour }, "getMinutes": { $0.minute }, "getSeconds": { $0.second },
        "getMilliseconds": { $0.milliseconds },
    ]

    private static let durationUnits: [String: Int64] = [
        "getHours": 3_600_000_000_000, "getMinutes": 60_000_000_000, "getSeconds": 1_000_000_000,
        "getMilliseconds": 1_000_000,
    ]

    static let times: [String: Function] = {
        var functions: [String: Function] = ["timestamp": toTimestamp, "duration": toDuration]
        for (name, part) in timestampParts {
            functions[name] = { arguments, _ throws(EvaluationError) in
                switch arguments[0] {
                case .timestamp(let instant):
                    let zone = arguments.count > 1 ? arguments[1] : .string("UTC")
                    guard case .string(let name) = zone else { return nil }
                    return .int(Int64(part(instant.parts(offset: try offset(of: name)))))
                case .duration(let length):
                    guard let unit = durationUnits[name] else { return nil }
                    return .int(length / unit)
                default: return nil
                }
            }
        }
        return functions
    }()

    /// Minutes east of UTC; zones by name are not known, except UTC.
    private static func offset(of zone: String) throws(EvaluationError) -> Int {
        if ["", "UTC", "Z"].contains(zone) { return 0 }
        let signed = zone.hasPrefix("-") || zone.hasPrefix("+") ? zone : "+\(zone)"
        if let offset = Instant.offset(Array(signed.utf8)[...]) { return offset }
        throw EvaluationError("unknown time zone \(zone)")
    }

    private static func toTimestamp(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .timestamp: return arguments[0]
        case .int(let seconds): return try timestamp(Int128(seconds) * 1_000_000_000)
        case .string(let text):
            guard let instant = Instant(text) else {
                throw EvaluationError("type conversion error from 'string' to 'google.protobuf.Timestamp'")
            }
            return .timestamp(instant)
        default: return nil
        }
    }

    private static func toDuration(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .duration: return arguments[0]
        case .int(let nanoseconds): return .duration(nanoseconds)
        case .string(let text):
            guard let length = GoDuration.parse(text) else {
                throw EvaluationError("type conversion error from 'string' to 'google.protobuf.Duration'")
            }
            return .duration(length)
        default: return nil
        }
    }
}
