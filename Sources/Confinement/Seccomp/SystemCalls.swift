/// The allow-lists, as data.
///
/// Whatever is not named here, or in `ArgumentRule`, answers EPERM.
///
/// They were found by removing names one at a time under real loads (HTTP, TLS, DNS, workers, wasm, zlib, crypto, fs);
/// names whose removal broke nothing but which a library may reach for (`shutdown`, `rt_sigreturn`) are kept.
enum SystemCalls {
    static let common: [String] = [
        "accept4", "access", "arch_prctl", "bind", "brk", "chmod", "clock_getres", "clock_gettime", "clock_nanosleep",
        "close", "connect", "copy_file_range", "dup", "dup2", "epoll_create1", "epoll_ctl", "epoll_pwait",
        "epoll_wait", "eventfd2", "exit", "exit_group", "fallocate", "fchmod", "fchown", "fcntl", "fdatasync", "flock",
        "fstatfs", "fsync", "ftruncate", "futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid",
        "getpeername", "getpid", "getppid", "getrandom", "getrusage", "getsockname", "getsockopt", "gettid",
        "gettimeofday", "getuid", "inotify_add_watch", "inotify_init1", "inotify_rm_watch", "link", "listen", "lseek",
        "lstat", "madvise", "membarrier", "mkdir", "mmap", "mprotect", "mremap", "munmap", "nanosleep", "newfstatat",
        "openat", "pipe2", "poll", "ppoll", "pread64", "preadv", "pwrite64", "pwritev", "read", "readlink", "readv",
        "recvfrom", "recvmsg", "rename", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigprocmask",
        "rt_sigreturn", "sched_getaffinity", "sched_yield", "select", "sendfile", "sendmsg", "sendto",
        "set_robust_list", "set_tid_address", "setsockopt", "shutdown", "sigaltstack", "stat", "statfs", "statx",
        "symlink", "sysinfo", "umask", "uname", "unlink", "unlinkat", "utimensat", "write", "writev",
    ]

    static let nodejs: [String] = [
        "epoll_pwait2", "faccessat", "faccessat2", "fstat", "linkat", "mkdirat", "pselect6", "readlinkat", "renameat2",
        "sendmmsg", "symlinkat", "time", "utime",
    ]

    static let jvm: [String] = [
        "accept", "epoll_create", "fchdir", "mincore", "msync", "pipe", "sched_setaffinity", "times",
    ]

    /// What an architecture without the older call offers in its place (aarch64 has none of those on the left).
    static let modernForms: [String: String] = [
        "access": "faccessat", "chmod": "fchmodat", "dup2": "dup3", "epoll_create": "epoll_create1",
        "epoll_wait": "epoll_pwait", "link": "linkat", "lstat": "newfstatat", "mkdir": "mkdirat", "pipe": "pipe2",
        "poll": "ppoll", "readlink": "readlinkat", "rename": "renameat", "rmdir": "unlinkat", "select": "pselect6",
        "stat": "newfstatat", "symlink": "symlinkat", "unlink": "unlinkat", "utime": "utimensat",
    ]

    /// The names that `profile` allows whatever their arguments are.
    static func allowed(by profile: JailPolicy.Profile) -> [String] {
        switch profile {
        case .nodejs: common + nodejs
        case .jvm: common + jvm
        }
    }
}
