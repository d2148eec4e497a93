/// A system call that is allowed, or answered with `ENOSYS`, only for certain arguments.
struct ArgumentRule: Equatable {
    /// `value` of argument number `argument`, after `& mask`.
    struct Comparison: Equatable {
        var argument: UInt32
        var mask: UInt64 = .max
        var value: UInt64
    }

    enum Answer: Equatable {
        case allow
        /// The call does not exist: the C library then takes an older one whose arguments can be seen.
        case noSuchCall
    }

    var call: String
    var answer: Answer = .allow
    /// All must hold; none: always.
    var when: [Comparison] = []
}

/// What is known only when the filter is made.
struct FilterContext {
    /// The process id, which exec does not change.
    var processID: Int32
    /// The addresses of path, argv and envp of the one exec that is allowed.
    var exec: [UInt]
}

extension ArgumentRule {
    /// Every rule with arguments of `profile`.
    static func rules(for profile: JailPolicy.Profile, context: FilterContext) -> [ArgumentRule] {
        let own = Comparison(argument: 0, value: UInt64(context.processID))
        var rules = [
            ArgumentRule(call: "clone", when: [onlyThreads]),
            ArgumentRule(call: "clone3", answer: .noSuchCall),
            ArgumentRule(call: "execve", when: ownExec(context.exec)),
            ArgumentRule(call: "kill", when: [own]),
            ArgumentRule(call: "tgkill", when: [own]),
            ArgumentRule(call: "prlimit64", when: [Comparison(argument: 0, mask: lowHalf, value: 0)]),
        ]
        rules += sockets + controls(for: profile)
        if profile == .jvm { rules += threadNames + [streamPair] }
        return rules
    }

    /// The kernel reads an `int` from the low half of a register and ignores the rest.
    private static let lowHalf: UInt64 = 0xFFFF_FFFF

    /// CLONE_THREAD set; CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET clear.
    private static let onlyThreads = Comparison(argument: 0, mask: 0x7E03_0000, value: 0x0001_0000)

    /// All three addresses are drawn at random; the program cannot learn them, nor test them one by one.
    private static func ownExec(_ addresses: [UInt]) -> [Comparison] {
        addresses.enumerated().map { Comparison(argument: UInt32($0.offset), value: UInt64($0.element)) }
    }

    /// TCP and UDP over IPv4 and IPv6: no unix, netlink, packet, raw or ICMP sockets.
    private static let sockets: [ArgumentRule] = {
        let ipv4 = 2 as UInt64, ipv6 = 10 as UInt64
        let stream = 1 as UInt64, datagram = 2 as UInt64, tcp = 6 as UInt64, udp = 17 as UInt64
        let flags: UInt64 = 0o4000 | 0o2000000  // SOCK_NONBLOCK, SOCK_CLOEXEC
        var rules: [ArgumentRule] = []
        for family in [ipv4, ipv6] {
            for (type, transport) in [(stream, 0), (stream, tcp), (datagram, 0), (datagram, udp)] {
                rules.append(
                    ArgumentRule(
                        call: "socket",
                        when: [
                            Comparison(argument: 0, mask: lowHalf, value: family),
                            Comparison(argument: 1, mask: lowHalf & ~flags, value: type),
                            Comparison(argument: 2, mask: lowHalf, value: transport),
                        ]))
            }
        }
        return rules
    }()

    private static func controls(for profile: JailPolicy.Profile) -> [ArgumentRule] {
        var requests: [UInt64] = [0x5421, 0x5451, 0x541B, 0x5401]  // FIONBIO FIOCLEX FIONREAD TCGETS
        if profile == .jvm {
            // SIOCGIF: NAME CONF FLAGS ADDR DSTADDR BRDADDR NETMASK MTU HWADDR INDEX
            requests += [0x8910, 0x8912, 0x8913, 0x8915, 0x8917, 0x8919, 0x891B, 0x8921, 0x8927, 0x8933]
        }
        return requests.map { ArgumentRule(call: "ioctl", when: [Comparison(argument: 1, mask: lowHalf, value: $0)]) }
    }

    /// A pair of unix sockets, which are connected to nothing but each other: the JDK makes one to end a read of another
    /// thread, and has no socket channels without it.
    private static let streamPair = ArgumentRule(
        call: "socketpair",
        when: [
            Comparison(argument: 0, mask: lowHalf, value: 1),
            Comparison(argument: 1, mask: lowHalf & ~0o2004000, value: 1),
            Comparison(argument: 2, mask: lowHalf, value: 0),
        ])

    /// PR_SET_NAME, PR_GET_NAME and PR_SET_VMA.
    private static let threadNames = [15, 16, 0x5356_4D41].map { option in
        ArgumentRule(call: "prctl", when: [Comparison(argument: 0, mask: lowHalf, value: option)])
    }
}
