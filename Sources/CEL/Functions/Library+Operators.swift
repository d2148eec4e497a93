extension Library {
    static let operators: [String: Function] = [
        "_==_": { arguments, meter in .bool(try equal(arguments, &meter)) },
        "_!=_": { arguments, meter in .bool(try !equal(arguments, &meter)) },
        "_<_": { arguments, _ in try order(arguments).map { .bool($0 < 0) } },
        "_<=_": { arguments, _ in try order(arguments).map { .bool($0 <= 0) } },
        "_>_": { arguments, _ in try order(arguments).map { .bool($0 > 0) } },
        "_>=_": { arguments, _ in try order(arguments).map { .bool($0 >= 0) } },
        "_+_": add, "_-_": subtract, "_*_": multiply, "_/_": divide, "_%_": remainder, "-_": negate,
        "!_": { arguments, _ in
            if case .bool(let flag) = arguments[0] { .bool(!flag) } else { nil }
        },
        "@in": contained,
        "size": { arguments, meter in try size(arguments[0], &meter).map { .int(Int64($0)) } },
    ]

    private static func equal(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Bool {
        try meter.spend(on: arguments[0])
        try meter.spend(on: arguments[1])
        return arguments[0] == arguments[1]
    }

    /// nil when values of these types have no order.
    private static func order(_ arguments: Arguments) throws(EvaluationError) -> Int? {
        for value in arguments.values {
            if case .double(let number) = value, number.isNaN {
                throw EvaluationError("NaN values cannot be ordered")
            }
        }
        return Value.order(arguments[0], arguments[1])
    }

    static func checked<T: FixedWidthInteger>(
        _ result: (partialValue: T, overflow: Bool)
    ) throws(EvaluationError) -> T {
        if result.overflow { throw EvaluationError(T.isSigned ? "integer overflow" : "unsigned integer overflow") }
        return result.partialValue
    }

    static func duration(_ nanoseconds: Int128) throws(EvaluationError) -> Value {
        guard let value = Int64(exactly: nanoseconds) else { throw EvaluationError("duration overflow") }
        return .duration(value)
    }

    static func timestamp(_ nanoseconds: Int128) throws(EvaluationError) -> Value {
        guard let value = Instant(nanoseconds: nanoseconds) else { throw EvaluationError("timestamp overflow") }
        return .timestamp(value)
    }

    private static func add(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): return .int(try checked(left.addingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)): return .uint(try checked(left.addingReportingOverflow(right)))
        case (.double(let left), .double(let right)): return .double(left + right)
        case (.string(let left), .string(let right)):
            try meter.spend((left.utf8.count + right.utf8.count) / 10)
            return .string(left + right)
        case (.bytes(let left), .bytes(let right)):
            try meter.spend((left.count + right.count) / 10)
            return .bytes(left + right)
        case (.list(let left), .list(let right)):
            try meter.spend(left.costOfAppending(right, limit: max(meter.remaining, 0)))
            return .list(left.appending(right))
        case (.timestamp(let instant), .duration(let length)), (.duration(let length), .timestamp(let instant)):
            return try timestamp(instant.nanoseconds + Int128(length))
        case (.duration(let left), .duration(let right)): return try duration(Int128(left) + Int128(right))
        default: return nil
        }
    }

    private static func subtract(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): return .int(try checked(left.subtractingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)): return .uint(try checked(left.subtractingReportingOverflow(right)))
        case (.double(let left), .double(let right)): return .double(left - right)
        case (.timestamp(let left), .timestamp(let right)):
            return try duration(left.nanoseconds - right.nanoseconds)
        case (.timestamp(let instant), .duration(let length)):
            return try timestamp(instant.nanoseconds - Int128(length))
        case (.duration(let left), .duration(let right)): return try duration(Int128(left) - Int128(right))
        default: return nil
        }
    }

    private static func multiply(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): return .int(try checked(left.multipliedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)):
            return .uint(try checked(left.multipliedReportingOverflow(by: right)))
        case (.double(let left), .double(let right)): return .double(left * right)
        default: return nil
        }
    }

    private static func divide(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch (arguments[0], arguments[1]) {
        case (.int, .int(0)), (.uint, .uint(0)): throw EvaluationError("division by zero")
        case (.int(let left), .int(let right)): return .int(try checked(left.dividedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)): return .uint(left / right)
        case (.double(let left), .double(let right)): return .double(left / right)
        default: return nil
        }
    }

    private static func remainder(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch (arguments[0], arguments[1]) {
        case (.int, .int(0)), (.uint, .uint(0)): throw EvaluationError("modulus by zero")
        case (.int(let left), .int(let right)):
            return .int(try checked(left.remainderReportingOverflow(dividingBy: right)))
        case (.uint(let left), .uint(let right)): return .uint(left % right)
        default: return nil
        }
    }

    private static func negate(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[0] {
        case .int(let whole): return .int(try checked(Int64(0).subtractingReportingOverflow(whole)))
        case .double(let number): return .double(-number)
        default: return nil
        }
    }

    private static func contained(_ arguments: Arguments, _ meter: inout Meter) throws(EvaluationError) -> Value? {
        switch arguments[1] {
        case .list(let list):
            try meter.spend(on: arguments[1])
            try meter.spend(on: arguments[0])
            return .bool(list.values.contains(arguments[0]))
        case .map(let map):
            guard !arguments[0].isCollection else { return nil }
            return .bool(map[arguments[0]] != nil)
        default: return nil
        }
    }

    private static func size(_ value: Value, _ meter: inout Meter) throws(EvaluationError) -> Int? {
        switch value {
        case .string(let text):
            try meter.spend(text.utf8.count / 10)
            return text.unicodeScalars.count
        case .bytes(let bytes): return bytes.count
        case .list(let list): return list.count
        case .map(let map): return map.count
        default: return nil
        }
    }
}
