extension Library {
    static let conversions: [String: Function] = [
        "int": toInt, "uint": toUInt, "double": toDouble, "string": toString, "bytes": toBytes, "bool": toBool,
        "dyn": { arguments, _ in arguments[0] },
        "type": { arguments, _ in .type(arguments[0].typeName) },
    ]

    private static func toInt(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .int: return arguments[0]
        case .uint(let whole):
            guard let value = Int64(exactly: whole) else { throw EvaluationError("integer overflow") }
            return .int(value)
        case .double(let number):
            // The double nearest the largest whole number is beyond it.
            guard number > -0x1p63, number < 0x1p63 else { throw EvaluationError("integer overflow") }
            return .int(Int64(number))
        case .string(let text):
            guard let value = Int64(text) else {
                throw EvaluationError("type conversion error from 'string' to 'int'")
            }
            return .int(value)
        case .timestamp(let instant): return .int(instant.seconds)
        case .duration(let length): return .int(length)
        default: return nil
        }
    }

    private static func toUInt(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .uint: return arguments[0]
        case .int(let whole):
            guard let value = UInt64(exactly: whole) else { throw EvaluationError("unsigned integer overflow") }
            return .uint(value)
        case .double(let number):
            guard number >= 0, number < 0x1p64 else { throw EvaluationError("unsigned integer overflow") }
            return .uint(UInt64(number))
        case .string(let text):
            guard let value = UInt64(text) else {
                throw EvaluationError("type conversion error from 'string' to 'uint'")
            }
            return .uint(value)
        default: return nil
        }
    }

    private static func toDouble(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .double: return arguments[0]
        case .int(let whole): return .double(Double(whole))
        case .uint(let whole): return .double(Double(whole))
        case .string(let text):
            guard let value = Double(text) else {
                throw EvaluationError("type conversion error from 'string' to 'double'")
            }
            return .double(value)
        default: return nil
        }
    }

    private static func toString(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .string: return arguments[0]
        case .bytes(let bytes):
            try meter.spend(bytes.count / 10)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw EvaluationError("invalid UTF-8 in bytes, cannot convert to string")
            }
            return .string(text)
        case .bool, .int, .uint, .double, .timestamp, .duration, .address, .network:
            return .string(shown(arguments[0]))
        default: return nil
        }
    }

    private static func toBytes(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .bytes: return arguments[0]
        case .string(let text):
            try meter.spend(text.utf8.count / 10)
            return .bytes(Array(text.utf8))
        default: return nil
        }
    }

    private static func toBool(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .bool: return arguments[0]
        case .string(let text):
            if ["true", "t", "1", "TRUE", "True"].contains(text) { return .bool(true) }
            if ["false", "f", "0", "FALSE", "False"].contains(text) { return .bool(false) }
            throw EvaluationError("type conversion error from 'string' to 'bool'")
        default: return nil
        }
    }

    /// A value as `string()` and `%s` show it.
    static func shown(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let whole): String(whole)
        case .uint(let whole): String(whole)
        case .double(let number): shown(number)
        case .string(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .timestamp(let instant): instant.description
        case .duration(let length): GoDuration.text(length)
        case .type(let name): name
        case .address(let address): address.description
        case .network(let network): network.description
        case .url(let url): url.description
        case .list(let list): "[" + list.values.map(shown).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.keys.map { "\(shown($0)): \(map[$0].map(shown) ?? "")" }.joined(separator: ", ") + "}"
        default: value.typeName
        }
    }

    private static func shown(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        if number == number.rounded(), number.magnitude < 1e15 { return String(Int64(number)) }
        return number.description
    }
}
