import Confinement
import Foundation

/// As whom the jail is started.
enum Tenant: CaseIterable {
    /// By root, which gives each sandbox a user of its own.
    case dedicatedUser
    /// By an ordinary user, whose user all sandboxes share.
    case sharedUser

    /// Those that this test run can be: an ordinary user cannot become root.
    static let possible: [Tenant] = geteuid() == 0 ? [.dedicatedUser, .sharedUser] : [.sharedUser]

    static let nobody: UInt32 = 65534

    /// The built nest-jail, beside the tests.
    static let jail: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/nest-jail"
    }()

    /// The user of sandbox `slot`, from a range that no pod of a test has.
    static func user(_ slot: Int) -> JailPolicy.User? { UserRange(podAddress: "127.1.254.254")?.user(slot: slot) }

    /// The argv that runs `program` under `policy` as this tenant.
    func command(
        _ program: [String], profile: JailPolicy.Profile = .nodejs, slot: Int = 1,
        change: (inout JailPolicy) -> Void = { _ in }
    ) -> [String] {
        var policy = JailPolicy(profile: profile)
        if self == .dedicatedUser { policy.user = Tenant.user(slot) }
        change(&policy)
        return prefix + policy.command(jail: Tenant.jail, program: program[0], arguments: Array(program.dropFirst()))
    }

    /// What makes the jail's parent this tenant.
    var prefix: [String] {
        guard self == .sharedUser, geteuid() == 0 else { return [] }
        return ["setpriv", "--reuid=\(Tenant.nobody)", "--regid=\(Tenant.nobody)", "--clear-groups"]
    }

    /// A directory that this tenant owns.
    func makeDirectory(slot: Int = 1) throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/nest-security-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        if geteuid() == 0 {
            let user = self == .dedicatedUser ? Tenant.user(slot)?.uid ?? 0 : Tenant.nobody
            chown(path, user, user)
        }
        return path
    }
}
