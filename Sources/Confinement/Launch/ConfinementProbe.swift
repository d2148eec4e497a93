import CConfinement
import Glibc

/// Tries every mechanism on this process, which is of no use for anything else afterwards.
enum ConfinementProbe {
    /// The group and user that are tried, from the top of all ranges.
    private static let user = JailPolicy.User(uid: 0x2FFF_FFFF, gid: 0x2FFF_FFFF)

    static func report() -> ConfinementReport {
        // In the jail's own order, for the same reasons.
        let attempts: [(ConfinementReport.Mechanism, () throws(JailError) -> Void)] = [
            (.rlimits, tryRlimits),
            (.noNewPrivs, Jail.setNoNewPrivs),
            (.userPerSandbox, tryUser),
            (.capabilities, Capabilities.clear),
            (.seccomp, trySeccomp),
        ]
        var causes: [ConfinementReport.Mechanism: String] = [:]
        for (mechanism, attempt) in attempts {
            do throws(JailError) { try attempt() } catch { causes[mechanism] = error.description }
        }
        return ConfinementReport(causes: causes)
    }

    private static func tryRlimits() throws(JailError) {
        try Rlimits.apply(JailPolicy.Limits(data: 1 << 30, openFiles: 256, processes: 4096, fileSize: 1 << 30))
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        try JailError.check(nest_get_limit(LimitedResource.nofile.number, &soft, &hard), "getrlimit")
        guard soft <= 256, hard <= 256 else { throw JailError("limits did not hold") }
    }

    private static func tryUser() throws(JailError) {
        guard geteuid() == 0 else { throw JailError("not running as root") }
        try Identity.takeGroup(user)
        try Capabilities.dropBoundingSet()
        try Identity.takeUser(user)
    }

    private static func trySeccomp() throws(JailError) {
        try JailError.check(nest_probe_forbidden_call(), "the kernel's own answer to the probe is unexpected")
        let nothing = FilterContext(processID: getpid(), exec: [0, 0, 0])
        try SeccompFilter(profile: .nodejs, context: nothing).load()
        guard nest_probe_forbidden_call() == EPERM else { throw JailError("the filter is loaded but refuses nothing") }
    }
}
