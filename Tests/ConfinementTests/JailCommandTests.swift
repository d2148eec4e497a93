import Testing

@testable import Confinement

@Suite struct JailCommandTests {
    static let policies = [
        JailPolicy(profile: .nodejs, limits: .init(openFiles: nil)),
        JailPolicy(
            profile: .jvm, user: .init(uid: 5, gid: 6),
            limits: .init(data: 1 << 28, openFiles: 512, processes: 64, fileSize: 1 << 20), directory: "/a b",
            keptDescriptors: [3, 7], diesWithParent: true),
    ]

    @Test(arguments: policies) func whatIsWrittenIsRead(policy: JailPolicy) throws {
        let words = policy.command(jail: "nest-jail", program: "node", arguments: ["--", "-x", ""])
        #expect(words.first == "nest-jail")
        let read = try JailCommand(parsing: Array(words.dropFirst()))
        #expect(read == .run(policy, program: "node", arguments: ["--", "-x", ""]))
    }

    @Test(arguments: [
        ("", "no program"), ("--profile nodejs", "no program"), ("--profile nodejs --", "no program after --"),
        ("-- node", "--profile is required"), ("--profile php -- node", "--profile php"),
        ("--profile nodejs --uid 5 -- node", "--uid and --gid go together"),
        ("--profile nodejs --uid x --gid 5 -- node", "--uid x: not a number"),
        ("--profile nodejs --uid 4294967295 --gid 5 -- node", "not a number"),
        ("--profile nodejs --uid -1 --gid 5 -- node", "not a number"),
        ("--profile nodejs --rlimit-data -- node", "--rlimit-data needs a value"),
        ("--profile nodejs --rlimit-core 1 -- node", "--rlimit-core is always 0"),
        ("--profile nodejs --rlimit-stack 1 -- node", "unknown option --rlimit-stack"),
        ("--profile nodejs --verbose -- node", "unknown option --verbose"),
        ("--profile nodejs --keep-fd -1 -- node", "not a number"),
        ("--probe now", "unknown option --probe"),
    ]) func badArgumentsAreNamed(line: String, text: String) {
        do throws(JailError) {
            _ = try JailCommand(parsing: line.split(separator: " ").map(String.init))
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(text), "\(error)")
            #expect(error.exitStatus == 125)
        }
    }

    @Test func rootMustNameAUserAndNobodyElseMay() throws {
        let user = JailPolicy.User(uid: 5, gid: 5)
        try Identity.check(user, effective: 0)
        try Identity.check(nil, effective: 1000)
        let refused: [(JailPolicy.User?, UInt32)] = [
            (nil, 0), (user, 1000), (.init(uid: 0, gid: 5), 0), (.init(uid: 5, gid: 0), 0),
        ]
        for (user, effective) in refused {
            #expect(throws: JailError.self) { try Identity.check(user, effective: effective) }
        }
    }

    @Test(arguments: [
        ([], [3...UInt32.max]), ([3], [4...UInt32.max]), ([5, 4, 9, 1], [3...3, 6...8, 10...UInt32.max]),
    ])
    func everyOtherDescriptorIsClosed(kept: [Int32], ranges: [ClosedRange<UInt32>]) {
        #expect(Descriptors.gaps(between: kept).map { $0.0...$0.1 } == ranges)
    }
}
