import KubeAPI

extension Value: Hashable {
    /// Equal values: numbers by their worth whatever their types, sets and keyed lists whatever their order.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.int, _), (.uint, _), (.double, _): return order(left, right) == 0
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return left.unicodeScalars.elementsEqual(right.unicodeScalars)
        case (.bytes(let left), .bytes(let right)): return left == right
        case (.timestamp(let left), .timestamp(let right)): return left == right
        case (.duration(let left), .duration(let right)): return left == right
        case (.list(let left), .list(let right)): return left == right
        case (.map(let left), .map(let right)):
            return left.count == right.count && left.keys.allSatisfy { right[$0] != nil && left[$0] == right[$0] }
        case (.object(let left), .object(let right)): return left == right
        case (.optional(let left), .optional(let right)): return left == right
        case (.type(let left), .type(let right)): return left == right
        case (.quantity(let left), .quantity(let right)): return left == right
        case (.url(let left), .url(let right)): return left == right
        case (.address(let left), .address(let right)): return left == right
        case (.network(let left), .network(let right)): return left == right
        case (.format(let left), .format(let right)): return left == right
        case (.unusable(let left), .unusable(let right)): return left == right
        default: return false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .int(let whole): hasher.combine(Double(whole))
        case .uint(let whole): hasher.combine(Double(whole))
        case .double(let number): hasher.combine(number)
        case .bool(let flag): hasher.combine(flag)
        case .string(let text): hasher.combine(text)
        case .bytes(let bytes): hasher.combine(bytes)
        case .timestamp(let instant): hasher.combine(instant)
        case .duration(let length): hasher.combine(length)
        case .list(let list): hasher.combine(list.values.sumOfHashes)
        case .map(let map): hasher.combine(map.keys.sumOfHashes)
        case .object(let object): hasher.combine(object.values.sumOfHashes)
        default: hasher.combine(typeName)
        }
    }

    /// Negative, zero or positive as the left is less than, equal to or greater than the right; nil when they cannot be
    /// compared.
    static func order(_ left: Value, _ right: Value) -> Int? {
        func sign<T: Comparable>(_ left: T, _ right: T) -> Int { left < right ? -1 : left == right ? 0 : 1 }
        switch (left, right) {
        case (.int(let left), .int(let right)): return sign(left, right)
        case (.uint(let left), .uint(let right)): return sign(left, right)
        case (.int(let left), .uint(let right)): return left < 0 ? -1 : sign(UInt64(left), right)
        case (.uint, .int): return order(right, left).map { -$0 }
        case (.double(let left), .double(let right)):
            return left.isNaN || right.isNaN ? nil : sign(left, right)
        case (.double(let number), .int(let whole)): return order(number, Int128(whole))
        case (.double(let number), .uint(let whole)): return order(number, Int128(whole))
        case (.int, .double), (.uint, .double): return order(right, left).map { -$0 }
        case (.string(let left), .string(let right)):
            return left.unicodeScalars.elementsEqual(right.unicodeScalars)
                ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.bytes(let left), .bytes(let right)):
            return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        case (.bool(let left), .bool(let right)): return sign(left ? 1 : 0, right ? 1 : 0)
        case (.timestamp(let left), .timestamp(let right)): return sign(left, right)
        case (.duration(let left), .duration(let right)): return sign(left, right)
        default: return nil
        }
    }

    /// Exact: a whole number of 64 bits may not fit a double.
    private static func order(_ number: Double, _ whole: Int128) -> Int? {
        if number.isNaN { return nil }
        if number >= 1e20 { return 1 }
        if number <= -1e20 { return -1 }
        let floor = number.rounded(.down)
        let below = Int128(floor)
        if below != whole { return below < whole ? -1 : 1 }
        return number > floor ? 1 : 0
    }
}

extension [Value] {
    /// The same in any order: sets are equal in any.
    fileprivate var sumOfHashes: Int { reduce(count) { $0 &+ $1.hashValue } }
}

extension ListValue: Equatable {
    public static func == (left: ListValue, right: ListValue) -> Bool {
        guard left.count == right.count else { return false }
        if left.identity == .ordered { return left.values == right.values }
        let others = Dictionary(
            right.values.map { (right.key(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
        return left.values.allSatisfy { others[left.key(of: $0)] == $0 }
    }
}

extension ObjectValue: Equatable {
    public static func == (left: ObjectValue, right: ObjectValue) -> Bool {
        guard left.members.count == right.members.count else { return false }
        return left.members.allSatisfy { name, json in
            guard let other = right.members[name] else { return false }
            let type = left.type.type(ofProperty: name) ?? .any
            return Value(json, as: type) == Value(other, as: type)
        }
    }
}
