import Confinement
import Foundation
import Testing

/// What the kernel says about a running, confined process.
@Suite struct StateTests {
    @Test(arguments: Tenant.possible) func theKernelConfirmsEveryMechanism(tenant: Tenant) throws {
        let node = try Spawned(
            tenant.command(["node", "-e", "console.log('up'); setInterval(() => {}, 1e6)"]) {
                $0.limits = .init(data: 300 << 20, openFiles: 123, fileSize: 1 << 20)
                if tenant == .dedicatedUser { $0.limits.processes = 99 }
            })
        #expect(try node.line() == "up")
        let status = try String(contentsOfFile: "/proc/\(node.pid)/status", encoding: .utf8)
        let limits = try String(contentsOfFile: "/proc/\(node.pid)/limits", encoding: .utf8)
        func value(_ key: String) -> [Substring] {
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
            return line.map { Array($0.split(whereSeparator: \.isWhitespace).dropFirst()) } ?? []
        }
        func limit(_ name: String) -> [Substring] {
            let line = limits.split(separator: "\n").first { $0.hasPrefix(name) }
            return line.map { Array($0.dropFirst(name.count).split(separator: " ").prefix(2)) } ?? []
        }
        let uid = tenant == .dedicatedUser ? Tenant.user(1)?.uid ?? 0 : (geteuid() == 0 ? Tenant.nobody : geteuid())
        #expect(value("Uid") == Array(repeating: "\(uid)", count: 4))
        #expect(value("NoNewPrivs") == ["1"])
        #expect(value("Seccomp") == ["2"])
        let none = Substring(String(repeating: "0", count: 16))
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(value(set) == [none], "\(set)") }
        if tenant == .dedicatedUser {
            #expect(value("CapBnd") == [none])
            #expect(value("Groups").isEmpty)
            #expect(limit("Max processes") == ["99", "99"])
        }
        #expect(limit("Max data size") == ["314572800", "314572800"])
        #expect(limit("Max open files") == ["123", "123"])
        #expect(limit("Max file size") == ["1048576", "1048576"])
        #expect(limit("Max core file size") == ["0", "0"])
        #expect(node.kill() == -SIGKILL)
    }

    @Test(arguments: Tenant.possible) func onlyNamedDescriptorsAreInherited(tenant: Tenant) throws {
        let null = open("/dev/null", O_RDONLY)
        defer { close(null) }
        // The third is that of ls for the directory itself.
        let closed = try Spawned(tenant.command(["ls", "/proc/self/fd"]), descriptors: [9: null, 12: null]).wait()
        #expect(closed.output.split(separator: "\n") == ["0", "1", "2", "3"])
        let kept = tenant.command(["ls", "/proc/self/fd"]) { $0.keptDescriptors = [9] }
        let open = try Spawned(kept, descriptors: [9: null, 12: null]).wait()
        #expect(open.output.split(separator: "\n").sorted() == ["0", "1", "2", "3", "9"])
    }

    @Test(arguments: Tenant.possible) func signalsAndUmaskAreFresh(tenant: Tenant) throws {
        let dirty = ["perl", "-e", "$SIG{USR1} = $SIG{PIPE} = 'IGNORE'; umask 0; exec @ARGV"]
        let result = try Spawned(dirty + tenant.command(["grep", "-E", "Sig(Ign|Blk)|Umask", "/proc/self/status"]))
            .wait()
        let lines = result.output.split(separator: "\n").map { $0.split(separator: "\t").last ?? "" }
        #expect(lines.count == 3 && lines[0] == "0077", "\(result)")
        // The C library keeps signals 32 and 33 for itself.
        let reserved: UInt64 = 3 << 31
        for mask in lines.dropFirst() { #expect(UInt64(mask, radix: 16).map { $0 & ~reserved } == 0, "\(result)") }
    }

    @Test(arguments: Tenant.possible) func argumentsAndEnvironmentPassUnchanged(tenant: Tenant) throws {
        let script = "print join('|', @ARGV, map { \"$_=$ENV{$_}\" } sort keys %ENV)"
        let command = tenant.command(["perl", "-e", script, "a b", "", "--", "ü"]) { $0.directory = "/" }
        let result = try Spawned(command, environment: ["SECRET": "x=y\nz", "PATH": "/usr/bin:/bin"]).wait()
        #expect(result.output == "a b||--|ü|PATH=/usr/bin:/bin|SECRET=x=y\nz", "\(result)")
    }

    @Test(arguments: Tenant.possible) func itDiesWithItsParent(tenant: Tenant) throws {
        let jailed = tenant.command(["perl", "-e", "$| = 1; print \"up\\n\"; sleep 600"]) { $0.diesWithParent = true }
        let parent = try Spawned(["perl", "-e", "system { $ARGV[0] } @ARGV"] + jailed)
        #expect(try parent.line() == "up")
        #expect(parent.kill() == -SIGKILL)
        try parent.outputEnds()
    }

    @Test(arguments: Tenant.possible) func memoryIsBounded(tenant: Tenant) throws {
        let script =
            "const held = []; for (let i = 0; i < 100; i++) held.push(Buffer.alloc(10 << 20, 1)); console.log('all')"
        let result = try Spawned(tenant.command(["node", "-e", script]) { $0.limits.data = 256 << 20 }).wait()
        #expect(result.status != 0 && !result.output.contains("all"))
    }
}
