import Testing

@testable import Confinement

@Suite struct ProfileTests {
    @Test(arguments: JailPolicy.Profile.allCases) func namesAreUniqueAndKnown(profile: JailPolicy.Profile) {
        let names = SystemCalls.allowed(by: profile)
        #expect(Set(names).count == names.count)
        for name in names {
            let known = SeccompFilter.number(name) ?? SystemCalls.modernForms[name].flatMap(SeccompFilter.number)
            #expect(known != nil, "\(name) is a typing error, or gone")
        }
    }

    /// What would undo the rest, whoever edits the lists.
    @Test(arguments: JailPolicy.Profile.allCases) func nothingDangerousIsAllowedWhateverItsArguments(
        profile: JailPolicy.Profile
    ) {
        let dangerous: Set = [
            "execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv", "process_vm_writev",
            "socket", "socketpair", "kill", "tgkill", "tkill", "rt_sigqueueinfo", "pidfd_open", "pidfd_getfd",
            "pidfd_send_signal", "prctl", "prlimit64", "setrlimit", "ioctl", "unshare", "setns", "mount", "umount2",
            "pivot_root", "chroot", "bpf", "keyctl", "add_key", "request_key", "io_uring_setup", "userfaultfd",
            "seccomp",
            "setuid", "setgid", "setresuid", "setresgid", "setgroups", "capset", "personality", "mknod", "mknodat",
            "memfd_create", "perf_event_open", "init_module", "finit_module", "kexec_load", "reboot", "swapon",
        ]
        #expect(dangerous.isDisjoint(with: SystemCalls.allowed(by: profile)))
        let context = FilterContext(processID: 7, exec: [1, 2, 3])
        for rule in ArgumentRule.rules(for: profile, context: context) where rule.answer == .allow {
            #expect(!rule.when.isEmpty, "\(rule.call) is allowed without a condition")
        }
    }

    @Test func reportsSayWhatIsMissing() {
        let full = ConfinementReport(causes: [:])
        #expect(full.level == .full && full.missing.isEmpty && full.mechanisms.count == 5)
        let reduced = ConfinementReport(causes: [.userPerSandbox: "not \"root\""])
        #expect(reduced.level == .reduced && !reduced.has(.userPerSandbox) && reduced.has(.seccomp))
        #expect(
            reduced.json
                == #"{"level":"Reduced","mechanisms":["NoNewPrivs","Seccomp","Capabilities","Rlimits"],"#
                + #""missing":["UserPerSandbox: not \"root\""]}"#)
    }
}
