import Confinement
import Foundation
import Testing

/// Whatever goes wrong, the program is never started less confined than asked.
@Suite struct FailClosedTests {
    static let badPolicies: [(String, Int32, @Sendable (inout JailPolicy) -> Void)] = [
        ("--directory /no/such: No such file", 125, { $0.directory = "/no/such" }),
        ("--keep-fd 77: not an open descriptor", 125, { $0.keptDescriptors = [77] }),
    ]

    @Test(arguments: Tenant.possible) func aFailureOfConfinementStartsNothing(tenant: Tenant) throws {
        for (text, status, change) in Self.badPolicies {
            let result = try Spawned(tenant.command(["echo", "started"], change: change)).wait()
            #expect(result.status == status && result.output.isEmpty, "\(result)")
            #expect(result.errors.hasPrefix("nest-jail: \(text)"), "\(result.errors)")
            #expect(result.errors.filter { $0 == "\n" }.count == 1, "one line")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func rootWithoutAUserIsRefused() throws {
        let result = try Spawned(Tenant.dedicatedUser.command(["echo", "started"]) { $0.user = nil }).wait()
        #expect(result.status == 125 && result.output.isEmpty)
        #expect(result.errors.contains("running as root: --uid and --gid are required"))
    }

    @Test func anOrdinaryUserCannotAskForAnother() throws {
        let user = JailPolicy.User(uid: 4242, gid: 4242)
        let result = try Spawned(Tenant.sharedUser.command(["echo", "started"]) { $0.user = user }).wait()
        #expect(result.status == 125 && result.output.isEmpty)
        #expect(result.errors.contains("--uid 4242: only root can change the user"))
    }

    /// Inside a jail every further mechanism is refused, which is how a kernel that lacks them looks.
    @Test func aKernelThatRefusesStartsNothing() throws {
        let inner = JailPolicy(profile: .nodejs).command(jail: Tenant.jail, program: "echo", arguments: ["started"])
        let result = try Spawned(Tenant.sharedUser.command(inner)).wait()
        #expect(result.status == 125 && result.output.isEmpty, "\(result)")
    }

    @Test(arguments: Tenant.possible, [("no-such-program", 127), ("/no/such", 127), ("/etc/passwd", 126), ("/", 126)])
    func programsThatCannotRunAreToldApart(tenant: Tenant, row: (String, Int)) throws {
        let result = try Spawned(tenant.command([row.0])).wait()
        #expect(result.status == Int32(row.1), "\(result)")
        #expect(result.errors.hasPrefix("nest-jail: cannot run \(row.0): "))
    }

    @Test(arguments: Tenant.possible) func theProbeTellsTheTruth(tenant: Tenant) throws {
        let result = try Spawned(tenant.prefix + [Tenant.jail, "--probe"]).wait()
        let report = try JSONDecoder().decode(ConfinementReport.self, from: Data(result.output.utf8))
        #expect(result.status == 0)
        switch tenant {
        case .dedicatedUser: #expect(report == ConfinementReport(causes: [:]))
        case .sharedUser: #expect(report == ConfinementReport(causes: [.userPerSandbox: "not running as root"]))
        }
    }

    @Test func theProbeNoticesWhatIsMissing() throws {
        let result = try Spawned(Tenant.sharedUser.command([Tenant.jail, "--probe"])).wait()
        let report = try JSONDecoder().decode(ConfinementReport.self, from: Data(result.output.utf8))
        #expect(report.level == .reduced)
        #expect(!report.has(.seccomp) && !report.has(.noNewPrivs) && !report.has(.userPerSandbox))
        #expect(report.missing.allSatisfy { $0.contains(": ") })
    }
}
