import CConfinement
import Glibc

/// Confines this very process, then becomes the program.
public enum Jail {
    /// What `nest-jail` does: `arguments` are those after its own name.
    public static func main(arguments: [String]) -> Never {
        do {
            switch try JailCommand(parsing: arguments) {
            case .help: print(JailCommand.usage, terminator: "")
            case .probe: print(ConfinementProbe.report().json)
            case .run(let policy, let program, let arguments):
                try run(policy, program: program, arguments: arguments)
            }
            exit(0)
        } catch {
            // One write: a line of another process never lands in the middle.
            let line = Array("nest-jail: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(error.exitStatus)
        }
    }

    /// The order matters: each step needs a privilege that a later one gives up.
    static func run(_ policy: JailPolicy, program: String, arguments: [String]) throws(JailError) -> Never {
        let parent = getppid()
        try Identity.check(policy.user, effective: geteuid())
        try Descriptors.close(except: policy.keptDescriptors)
        goFirstWhenMemoryEnds()
        resetSignals()
        umask(0o077)
        try Rlimits.apply(policy.limits)
        try setNoNewPrivs()
        if let user = policy.user { try Identity.takeGroup(user) }
        try Capabilities.dropBoundingSet()
        if let user = policy.user { try Identity.takeUser(user) }
        try Capabilities.clear()
        // A neighbour of the same user must not read the exec addresses from this process.
        try JailError.check(nest_set_dumpable(false), "cannot become undumpable")
        if policy.diesWithParent { try dieWith(parent) }
        if let directory = policy.directory { try enter(directory) }

        let path = try ProgramPath.resolve(program, searching: getenv("PATH").map { String(cString: $0) })
        let image = try ExecImage(path: path, arguments: [program] + arguments)
        let known = FilterContext(processID: getpid(), exec: image.addresses)
        try SeccompFilter(profile: policy.profile, context: known).load()
        throw ProgramPath.failure(path, image.run())
    }

    /// The kernel takes a sandbox before anything else (proc(5), oom_score_adj).
    ///
    /// Everybody may raise it. Where it cannot be written nothing is lost that a wall stands on.
    private static func goFirstWhenMemoryEnds() {
        let descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "1000", 4)
        close(descriptor)
    }

    static func setNoNewPrivs() throws(JailError) {
        try JailError.check(nest_set_no_new_privs(), "cannot set no_new_privs")
        guard nest_get_no_new_privs() == 1 else { throw JailError("no_new_privs did not hold") }
    }

    /// Signals that the parent ignores or blocks would stay so in the program.
    private static func resetSignals() {
        for number: Int32 in 1...64 where number != SIGKILL && number != SIGSTOP { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// After the user is changed, which clears the setting.
    private static func dieWith(_ parent: Int32) throws(JailError) {
        try JailError.check(nest_set_parent_death_signal(SIGKILL), "--die-with-parent")
        guard getppid() == parent else { throw JailError("--die-with-parent: the parent has ended already") }
    }

    private static func enter(_ directory: String) throws(JailError) {
        guard chdir(directory) == 0 else { throw JailError("--directory \(directory): \(JailError.reason(errno))") }
    }
}
