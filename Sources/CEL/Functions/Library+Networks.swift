extension Library {
    static let networks: [String: Function] = {
        var functions: [String: Function] = [
            "ip": { arguments, _ throws(EvaluationError) in
                if case .network(let network) = arguments[0] { return .address(network.address) }
                guard case .string(let text) = arguments[0] else { return nil }
                guard let address = IPAddress(text) else {
                    throw EvaluationError("IP Address \"\(text)\" parse error during conversion from string")
                }
                return .address(address)
            },
            "isIP": { arguments, _ in
                if case .string(let text) = arguments[0] { .bool(IPAddress(text) != nil) } else { nil }
            },
            "ip.isCanonical": { arguments, _ throws(EvaluationError) in
                guard case .string(let text) = arguments[0] else { return nil }
                guard let address = IPAddress(text) else {
                    throw EvaluationError("IP Address \"\(text)\" parse error during conversion from string")
                }
                return .bool(address.description == text)
            },
            "family": { arguments, _ in address(arguments[0]).map { .int(Int64($0.family)) } },
            "cidr": { arguments, _ throws(EvaluationError) in
                guard case .string(let text) = arguments[0] else { return nil }
                return .network(try block(text))
            },
            "isCIDR": { arguments, _ in
                if case .string(let text) = arguments[0] { .bool(CIDRBlock(text) != nil) } else { nil }
            },
            "prefixLength": { arguments, _ in network(arguments[0]).map { .int(Int64($0.prefixLength)) } },
            "masked": { arguments, _ in network(arguments[0]).map { .network($0.masked) } },
            "containsIP": containsIP, "containsCIDR": containsCIDR,
        ]
        let questions: [String: @Sendable (IPAddress) -> Bool] = [
            "isUnspecified": { $0.isUnspecified }, "isLoopback": { $0.isLoopback },
            "isLinkLocalMulticast": { $0.isLinkLocalMulticast }, "isLinkLocalUnicast": { $0.isLinkLocalUnicast },
            "isGlobalUnicast": { $0.isGlobalUnicast },
        ]
        for (name, question) in questions {
            functions[name] = { arguments, _ in address(arguments[0]).map { .bool(question($0)) } }
        }
        return functions
    }()

    private static func address(_ value: Value) -> IPAddress? {
        if case .address(let address) = value { address } else { nil }
    }

    private static func network(_ value: Value) -> CIDRBlock? {
        if case .network(let network) = value { network } else { nil }
    }

    private static func block(_ text: String) throws(EvaluationError) -> CIDRBlock {
        guard let block = CIDRBlock(text) else {
            throw EvaluationError("network address parse error during conversion from string: \"\(text)\"")
        }
        return block
    }

    private static func containsIP(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        guard let network = network(arguments[0]) else { return nil }
        switch arguments[1] {
        case .address(let address): return .bool(network.contains(address))
        case .string(let text):
            guard let address = IPAddress(text) else {
                throw EvaluationError("IP Address \"\(text)\" parse error during conversion from string")
            }
            return .bool(network.contains(address))
        default: return nil
        }
    }

    private static func containsCIDR(_ arguments: Arguments, _: inout Meter) throws(EvaluationError) -> Value? {
        guard let network = network(arguments[0]) else { return nil }
        switch arguments[1] {
        case .network(let other): return .bool(network.contains(other))
        case .string(let text): return .bool(network.contains(try block(text)))
        default: return nil
        }
    }
}
