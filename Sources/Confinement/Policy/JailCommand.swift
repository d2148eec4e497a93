/// What the arguments of `nest-jail` ask for.
enum JailCommand: Equatable {
    case help
    /// Try every mechanism and report.
    case probe
    case run(JailPolicy, program: String, arguments: [String])

    static let usage = """
        usage: nest-jail --profile nodejs|jvm [options] -- PROGRAM [ARGUMENT...]
               nest-jail --probe
        Confines itself, then becomes PROGRAM. Nothing is started when any part of the confinement fails.
          --uid N --gid N       the user and group of the program; required as root, refused otherwise
          --rlimit-data BYTES   private writable memory          --rlimit-nofile N      open descriptors
          --rlimit-fsize BYTES  size of one written file         --rlimit-nproc N       threads of the user
          --directory DIR       working directory
          --keep-fd N           inherit descriptor N too (repeatable); others above 2 are closed
          --die-with-parent     kill PROGRAM when the thread that started nest-jail ends
        --probe prints what works here as JSON. Exit status: 125 confinement failed, 126 PROGRAM cannot be run,
        127 PROGRAM not found, else PROGRAM's own.

        """

    /// Reads the arguments that follow the jail's own name.
    init(parsing arguments: [String]) throws(JailError) {
        if arguments == ["--help"] || arguments == ["-h"] {
            self = .help
            return
        }
        if arguments == ["--probe"] {
            self = .probe
            return
        }
        var parser = Parser(words: arguments[...])
        self = try parser.parse()
    }
}

extension JailCommand {
    private struct Parser {
        var words: ArraySlice<String>
        var profile: JailPolicy.Profile?
        var uid: UInt32?
        var gid: UInt32?
        // Only what is asked for: the defaults of JailPolicy are for those who build one.
        var policy = JailPolicy(profile: .nodejs, limits: JailPolicy.Limits(openFiles: nil))

        mutating func parse() throws(JailError) -> JailCommand {
            while let word = words.popFirst() {
                if word == "--" { return try finish() }
                try take(word)
            }
            throw JailError("no program: end the options with -- PROGRAM")
        }

        private mutating func take(_ option: String) throws(JailError) {
            switch option {
            case "--profile":
                let name = try value(of: option)
                guard let known = JailPolicy.Profile(rawValue: name) else {
                    throw JailError("--profile \(name): there are nodejs and jvm")
                }
                profile = known
            case "--uid": uid = try number(of: option)
            case "--gid": gid = try number(of: option)
            case "--directory": policy.directory = try value(of: option)
            case "--keep-fd": policy.keptDescriptors.append(try number(of: option))
            case "--die-with-parent": policy.diesWithParent = true
            default: try takeLimit(option)
            }
        }

        private mutating func takeLimit(_ option: String) throws(JailError) {
            let prefix = "--rlimit-"
            guard option.hasPrefix(prefix),
                let limit = LimitedResource(rawValue: String(option.dropFirst(prefix.count)))
            else { throw JailError("unknown option \(option): see nest-jail --help") }
            guard policy.limits.set(limit, to: try number(of: option)) else {
                throw JailError("\(option) is always 0")
            }
        }

        private mutating func value(of option: String) throws(JailError) -> String {
            guard let word = words.popFirst(), word != "--" else { throw JailError("\(option) needs a value") }
            return word
        }

        private mutating func number<N: FixedWidthInteger>(of option: String) throws(JailError) -> N {
            let word = try value(of: option)
            guard let number = N(word), number >= 0, number < N.max else {
                throw JailError("\(option) \(word): not a number in 0 ... \(N.max - 1)")
            }
            return number
        }

        private mutating func finish() throws(JailError) -> JailCommand {
            guard let profile else { throw JailError("--profile is required: nodejs or jvm") }
            guard let program = words.popFirst(), !program.isEmpty else { throw JailError("no program after --") }
            policy.profile = profile
            switch (uid, gid) {
            case (nil, nil): break
            case (let uid?, let gid?): policy.user = JailPolicy.User(uid: uid, gid: gid)
            default: throw JailError("--uid and --gid go together")
            }
            return .run(policy, program: program, arguments: Array(words))
        }
    }
}
