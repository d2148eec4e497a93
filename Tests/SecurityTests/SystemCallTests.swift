import Foundation
import Testing

@testable import Confinement

/// Raw system calls from inside, by way of perl's `syscall`: what no allow-list names must be refused.
@Suite struct SystemCallTests {
    static let dangerous = [
        "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree", "fsopen", "fsmount",
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd",
        "pidfd_send_signal", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
        "io_uring_register", "add_key", "request_key", "keyctl", "init_module", "finit_module", "delete_module",
        "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "personality", "acct", "quotactl", "syslog",
        "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "vhangup",
        "iopl", "ioperm", "modify_ldt", "lookup_dcookie", "nfsservctl", "name_to_handle_at", "open_by_handle_at",
        "fanotify_init", "fanotify_mark", "mknod", "mknodat", "memfd_create", "memfd_secret", "seccomp", "prctl",
        "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
        "capset", "setrlimit", "setpriority", "sched_setscheduler", "sched_setattr", "sched_setaffinity",
        "ioprio_set", "mbind", "migrate_pages", "move_pages", "set_mempolicy", "fork", "vfork", "execveat",
        "socketpair",
        "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "shmget", "shmat", "shmctl", "semget", "semop", "msgget",
        "msgsnd", "mq_open", "landlock_create_ruleset", "landlock_restrict_self", "setsid", "setpgid", "alarm",
        "timer_create", "signalfd4", "splice", "tee", "vmsplice", "openat2", "fchownat", "chown", "lchown", "setxattr",
        "removexattr", "sync", "syncfs", "mlockall", "remap_file_pages", "close_range", "clone3",
    ]

    @Test(arguments: Tenant.possible) func dangerousCallsAreRefused(tenant: Tenant) throws {
        let numbers = Self.dangerous.compactMap { name in SeccompFilter.number(name).map { (name, $0) } }
        #expect(numbers.count > 100)
        // -1 as every argument: whatever is not refused fails in another way, so nothing happens to the machine.
        let script = """
            $| = 1;
            for (@ARGV) { my ($name, $number) = split /=/;
                my $result = syscall($number + 0, -1, -1, -1, -1, -1, -1);
                print "$name ", ($result == -1 ? $! + 0 : "done"), "\\n" }
            """
        let result = try Spawned(tenant.command(["perl", "-e", script] + numbers.map { "\($0.0)=\($0.1)" })).wait()
        let answers = result.output.split(separator: "\n")
        #expect(answers.count == numbers.count, "\(result)")
        for answer in answers {
            let word = answer.split(separator: " ")
            #expect(word[1] == (word[0] == "clone3" ? "\(ENOSYS)" : "\(EPERM)"), "\(answer)")
        }
    }

    /// Perl expressions, and the errno that each must end with (0: allowed).
    static let byArgument: [(String, Int32)] = [
        ("call('socket', 2, 1, 0)", 0), ("call('socket', 10, 2 | 04000 | 02000000, 17)", 0),
        ("call('socket', 1, 1, 0)", EPERM), ("call('socket', 16, 3, 0)", EPERM), ("call('socket', 17, 3, 0)", EPERM),
        ("call('socket', 2, 3, 1)", EPERM), ("call('socket', 2, 2, 1)", EPERM), ("call('socket', 2, 1, 132)", EPERM),
        ("call('socket', 38, 5, 0)", EPERM), ("call('socket', 40, 1, 0)", EPERM),
        ("call('kill', $pid, 0)", 0), ("call('kill', getppid(), 0)", EPERM), ("call('kill', 0, 0)", EPERM),
        ("call('kill', -1, 0)", EPERM), ("call('kill', -$pid, 0)", EPERM), ("call('kill', 1, 0)", EPERM),
        ("call('tgkill', $pid, $pid, 0)", 0), ("call('tgkill', getppid(), getppid(), 0)", EPERM),
        ("call('prlimit64', getppid(), 7, 0, 0)", EPERM), ("call('prlimit64', 0, 7, 0, 0)", 0),
        ("call('clone', 17, 0, 0, 0, 0)", EPERM), ("call('clone', 0x10000000 | 17, 0, 0, 0, 0)", EPERM),
        ("call('clone', 0x10000000 | 0x10000, 0, 0, 0, 0)", EPERM),
        ("call('clone', 0x20000 | 0x10000, 0, 0, 0, 0)", EPERM),
        ("call('ioctl', 0, 0x5412, 0)", EPERM), ("call('ioctl', 0, 0x541C, 0)", EPERM),
        ("call('ioctl', 0, 0x100005412, 0)", EPERM),
        ("call('execve', $path, 0, 0)", EPERM), ("call('execve', 0, 0, 0)", EPERM),
        ("exec('/bin/true') ? 0 : $! + 0", EPERM),
    ]

    @Test(arguments: Tenant.possible) func argumentsDecide(tenant: Tenant) throws {
        let names = ["socket", "kill", "tgkill", "prlimit64", "clone", "ioctl", "execve"]
        let numbers = try names.map { "\($0) => \(try #require(SeccompFilter.number($0)))" }.joined(separator: ", ")
        let rows = Self.byArgument.map { "print(do { no warnings; \($0.0) }, \"\\n\");" }.joined(separator: "\n")
        let script = """
            $| = 1; my $pid = $$ + 0; my $path = '/bin/true'; my %numbers = (\(numbers));
            sub call { my $name = shift; my $r = syscall($numbers{$name}, @_); $r == -1 ? $! + 0 : 0 }
            \(rows)
            """
        let result = try Spawned(tenant.command(["perl", "-e", script])).wait()
        let answers = result.output.split(separator: "\n").map { Int32($0) }
        #expect(answers.count == Self.byArgument.count, "\(result)")
        for (answer, row) in zip(answers, Self.byArgument) { #expect(answer == row.1, "\(row.0)") }
    }

    #if arch(x86_64)
        @Test func theOtherSystemCallTableKills() throws {
            let result = try Spawned(
                Tenant.sharedUser.command(["perl", "-e", "syscall(0x40000000 + 39); print 'alive'"])
            ).wait()
            #expect(result.status == -SIGSYS && result.output.isEmpty, "\(result)")
        }
    #endif
}
