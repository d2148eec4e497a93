import Foundation
import Testing

@testable import Confinement

/// The real Node.js under its profile: what must work, and what must not.
@Suite struct NodeTests {
    /// Each is an async expression; all must resolve.
    static let works: [(String, String)] = [
        (
            "fs",
            """
            (async () => { const fs = require('fs/promises'); await fs.mkdir('d/e', { recursive: true });
              await fs.writeFile('d/a', 'x'); await fs.rename('d/a', 'd/b'); await fs.link('d/b', 'd/c');
              await fs.symlink('b', 'd/s'); await fs.chmod('d/b', 0o600); await fs.appendFile('d/b', 'y');
              await fs.copyFile('d/b', 'd/f'); await fs.utimes('d/b', 1, 1); await fs.truncate('d/b', 1);
              if (await fs.readFile('d/s', 'utf8') !== 'x') throw 'content'; await fs.readdir('d'); await fs.stat('d/b');
              const w = require('fs').watch('d'); w.close(); await fs.rm('d', { recursive: true }) })()
            """
        ),
        (
            "worker",
            """
            new Promise((ok, no) => { const { Worker } = require('worker_threads');
              new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true })
                .on('message', ok).on('error', no) })
            """
        ),
        (
            "crypto",
            """
            (async () => { const c = require('crypto'); c.randomBytes(16); c.scryptSync('a', 'b', 16);
              await new Promise((ok, no) => c.generateKeyPair('ec', { namedCurve: 'P-256' }, e => e ? no(e) : ok()));
              await c.webcrypto.subtle.digest('SHA-256', new Uint8Array(1)) })()
            """
        ),
        (
            "zlib",
            """
            (async () => { const z = require('zlib'), p = require('util').promisify;
              await p(z.gunzip)(await p(z.gzip)('a')); await p(z.brotliDecompress)(await p(z.brotliCompress)('a')) })()
            """
        ),
        (
            "fetch",
            """
            new Promise((ok, no) => { const s = require('http').createServer((q, r) => r.end('hi')).listen(0, '127.0.0.1', () =>
              fetch('http://127.0.0.1:' + s.address().port).then(r => r.text()).then(t => { s.close(); ok(t) }, no)) })
            """
        ),
        (
            "udp",
            """
            new Promise((ok, no) => { const d = require('dgram').createSocket('udp4'); d.on('error', no);
              d.on('message', () => d.close(ok)); d.bind(0, '127.0.0.1', () => d.send('x', d.address().port, '127.0.0.1')) })
            """
        ),
        ("dns", "require('dns/promises').lookup('localhost')"),
        ("wasm", "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))"),
        (
            "process",
            "(async () => { process.memoryUsage(); process.cpuUsage(); process.hrtime(); require('os').cpus() })()"
        ),
        ("import", "import('node:url')"),
    ]

    @Test(arguments: Tenant.possible) func whatFunctionsNeedWorks(tenant: Tenant) throws {
        let answers = try run(Self.works, as: tenant)
        for (name, _) in Self.works { #expect(answers[name] == "ok", "\(name): \(answers[name] ?? "no answer")") }
    }

    /// Each must end in an error with one of these codes.
    static let attacks: [(String, String)] = [
        (
            "spawn",
            "new Promise((ok, no) => require('child_process').spawn('/bin/true').on('error', no).on('exit', ok))"
        ),
        (
            "spawnSync",
            "(async () => { const r = require('child_process').spawnSync('/bin/true'); if (r.error) throw r.error })()"
        ),
        ("exec", "require('util').promisify(require('child_process').exec)('true')"),
        (
            "fork",
            """
            new Promise((ok, no) => { const c = require('cluster'); c.setupPrimary({ exec: '/dev/null' });
              const w = c.fork(); w.on('error', no); w.on('online', ok) })
            """
        ),
        ("kill parent", "(async () => process.kill(process.ppid, 0))()"),
        ("kill all", "(async () => process.kill(-1, 0))()"), ("kill group", "(async () => process.kill(0, 0))()"),
        ("parent's memory", "require('fs/promises').open('/proc/' + process.ppid + '/mem', 'r+')"),
        ("parent's environment", "require('fs/promises').readFile('/proc/' + process.ppid + '/environ')"),
        (
            "unix client",
            "new Promise((ok, no) => require('net').connect({ path: '/run/nest.sock' }).on('error', no).on('connect', ok))"
        ),
        ("unix server", "new Promise((ok, no) => require('net').createServer().on('error', no).listen('x.sock', ok))"),
        (
            "abstract socket",
            "new Promise((ok, no) => require('net').connect({ path: '\\\\0nest' }).on('error', no).on('connect', ok))"
        ),
        ("setuid", "(async () => process.setuid(0))()"), ("setgid", "(async () => process.setgid(0))()"),
        ("setgroups", "(async () => process.setgroups([0]))()"),
        ("priority", "(async () => require('os').setPriority(process.ppid, -20))()"),
        ("shadow", "require('fs/promises').readFile('/etc/shadow')"),
        ("passwd", "require('fs/promises').appendFile('/etc/passwd', 'x')"),
        ("chown", "require('fs/promises').chown('/etc/passwd', 1, 1)"),
        ("init's memory", "require('fs/promises').open('/proc/1/mem', 'r')"),
        ("sysctl", "require('fs/promises').writeFile('/proc/sys/kernel/core_pattern', '|x')"),
    ]

    @Test(arguments: Tenant.possible) func whatFunctionsMustNotDoFails(tenant: Tenant) throws {
        // The tests themselves are the parent: when they share the tenant's user, nothing keeps their memory from it.
        let rows = Self.attacks.filter { geteuid() == 0 || !$0.0.hasPrefix("parent's") }
        let answers = try run(rows, as: tenant)
        for (name, _) in rows {
            let answer = answers[name] ?? "no answer"
            #expect(["EPERM", "EACCES"].contains(answer), "\(name): \(answer)")
        }
    }

    /// What `ProcessPrivacy` does, done by a program of the same user as the tenant.
    @Test func aHiddenProcessOfTheSameUserIsOutOfReach() throws {
        let prctl = try #require(SeccompFilter.number("prctl"))
        let script = "$| = 1; syscall(\(prctl), 4, 0) == 0 or die; print \"up\\n\"; sleep 600"
        let hidden = try Spawned(Tenant.sharedUser.prefix + ["perl", "-e", script], environment: ["SECRET": "token"])
        #expect(try hidden.line() == "up")
        let rows = ["mem", "environ", "maps"].map { ($0, "require('fs/promises').open('/proc/\(hidden.pid)/\($0)')") }
        let answers = try run(rows, as: .sharedUser)
        for (name, _) in rows { #expect(answers[name] == "EACCES", "\(name): \(answers[name] ?? "no answer")") }
    }

    @Test(.enabled(if: geteuid() == 0)) func aNeighbourIsOutOfReach() throws {
        let victim = try Spawned(
            Tenant.dedicatedUser.command(["node", "-e", "console.log('up'); setInterval(() => {}, 1e6)"], slot: 2),
            environment: ["SECRET": "of another"])
        #expect(try victim.line() == "up")
        let directory = try Tenant.dedicatedUser.makeDirectory(slot: 2)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        chmod(directory, 0o700)
        let file = "\(directory)/secret"
        try "of another".write(toFile: file, atomically: false, encoding: .utf8)
        let reads = [
            ("environ", "open"), ("mem", "open"), ("maps", "open"), ("cwd", "readlink"), ("root", "readlink"),
            ("fd", "readdir"),
        ]
        let rows =
            reads.map { ($0.0, "require('fs/promises').\($0.1)('/proc/\(victim.pid)/\($0.0)')") } + [
                ("kill", "(async () => process.kill(\(victim.pid), 0))()"),
                ("file", "require('fs/promises').readFile('\(file)')"),
                ("create", "require('fs/promises').writeFile('\(directory)/new', '')"),
                ("rename", "require('fs/promises').rename('\(file)', '\(file)2')"),
                ("hard link", "require('fs/promises').link('\(file)', 'mine')"),
            ]
        let answers = try run(rows, as: .dedicatedUser)
        for (name, _) in rows {
            #expect(["EPERM", "EACCES"].contains(answers[name] ?? ""), "\(name): \(answers[name] ?? "no answer")")
        }
    }

    /// Runs all expressions in one Node.js, and returns `ok` or the error's code for each.
    private func run(_ rows: [(String, String)], as tenant: Tenant) throws -> [String: String] {
        let directory = try tenant.makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let list = rows.map { "[\"\($0.0)\", () => \($0.1)]" }.joined(separator: ",\n")
        let script = """
            process.on('uncaughtException', () => {});
            (async () => { const answers = {};
              for (const [name, attempt] of [\(list)]) {
                try { await attempt(); answers[name] = 'ok' } catch (e) { answers[name] = e.info?.code || e.code || String(e.stack || e) } }
              require('fs').writeSync(1, JSON.stringify(answers)); process.exit(0) })()
            """
        let result = try Spawned(tenant.command(["node", "-e", script]) { $0.directory = directory }).wait()
        #expect(result.status == 0, "\(result)")
        return try JSONDecoder().decode([String: String].self, from: Data(result.output.utf8))
    }
}
