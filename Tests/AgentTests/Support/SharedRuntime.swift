import FoundationEssentials
import Glibc

@testable import Agent

/// A runtime whose hosts hold many sandboxes, with a host that does no more than the protocol, in a few lines of Python.
///
/// A sandbox answers each request with its id and the host's process. `/slow` takes a second; `/taint` lets the host ask
/// for its replacement, `/end` ends the sandbox, `/die` the host. The handler `broken` cannot be loaded, `stubborn` is
/// never let go, and of `silent` nobody hears that it was loaded.
enum SharedRuntime {
    static let name = "shared"

    /// - Returns: the directory of runtimes that has it.
    static func install(in directory: String) throws -> String {
        let folder = "\(directory)/runtimes/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for path in ["\(directory)/runtimes", folder] { chmod(path, 0o755) }
        try Data(manifest.utf8).write(to: URL(filePath: folder + "/runtime.json"))
        try Data(host.utf8).write(to: URL(filePath: folder + "/host.py"))
        return "\(directory)/runtimes"
    }

    private static let manifest = """
        {
          "program": "python3", "options": ["-S", "-E"], "arguments": ["${runtime}/host.py"],
          "sandboxes": "many", "profile": "nodejs", "environment": {"PYTHONDONTWRITEBYTECODE": "1"}
        }
        """

    private static let host = #"""
        import json, os, select, socket, threading, time

        channel = socket.socket(fileno=3)
        lock = threading.Lock()
        sandboxes = {}

        def tell(**message):
            with lock:
                channel.sendall((json.dumps(message) + "\n").encode())

        class Sandbox:
            def __init__(self, order, listener, log):
                self.id, self.order = order["id"], order
                self.listener = socket.socket(fileno=listener)
                self.log = log
                self.active = self.requests = 0
                self.since = time.monotonic()
                self.ends = False
                self.thread = threading.Thread(target=self.serve, daemon=True)
                self.thread.start()

            def serve(self):
                while not self.ends:
                    if not select.select([self.listener], [], [], 0.02)[0] or self.ends:
                        continue
                    try:
                        connection, _ = self.listener.accept()
                    except BlockingIOError:
                        continue
                    self.active += 1
                    threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

            def answer(self, connection):
                connection.setblocking(True)
                path = connection.recv(4096).decode().split(" ")[1]
                os.write(self.log, f"2026-01-01T00:00:00.000Z stdout F:info {self.id} {path}\n".encode())
                if path == "/slow":
                    time.sleep(1)
                if path == "/die":
                    os._exit(3)
                body = f"{self.id} {os.getpid()}"
                head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
                connection.sendall((head + body).encode())
                connection.close()
                self.active -= 1
                self.requests += 1
                self.since = time.monotonic()
                if path == "/taint":
                    tell(type="tainted", reason="StuckThread", message="asked for")
                if path == "/end":
                    self.let_go("ended", reason="CPULimitExceeded", message="asked for")

            def let_go(self, what, **more):
                self.ends = True
                self.thread.join()
                while self.active:
                    time.sleep(0.005)
                self.listener.close()
                os.close(self.log)
                del sandboxes[self.id]
                tell(type=what, id=self.id, **more)

        def take(message, descriptors):
            kind, id = message["type"], message.get("id")
            sandbox = sandboxes.get(id)
            if kind == "load":
                if message["handler"] == "broken" or message["startSeconds"] < 0.5:
                    for descriptor in descriptors:
                        os.close(descriptor)
                    return tell(type="failed", id=id, reason="LoadError", message="broken on purpose")
                assert id not in sandboxes, id
                sandboxes[id] = Sandbox(message, *descriptors)
                if message["handler"] != "silent":
                    tell(type="loaded", id=id)
            elif kind == "unload":
                if not sandbox:
                    tell(type="unloaded", id=id)
                elif sandbox.order["handler"] != "stubborn":
                    threading.Thread(target=sandbox.let_go, args=("unloaded",), daemon=True).start()
            elif kind == "park":
                if not sandbox:
                    tell(type="parked", id=id)
                elif sandbox.active:
                    tell(type="busy", id=id)
                else:
                    sandbox.let_go("parked")
            elif kind == "ping":
                now = time.monotonic()
                tell(type="stats", sandboxes=[dict(
                    id=s.id, requests=s.requests, errors=0, active=s.active, connections=s.active,
                    idleSeconds=0 if s.active else now - s.since, cpuSeconds=1.5, threads=2)
                    for s in list(sandboxes.values())])
                tell(type="pong", nonce=message["nonce"])
            elif kind == "stop":
                os._exit(0)

        tell(type="booted", version="1")
        pending, waiting = b"", []
        while True:
            data, descriptors, _, _ = socket.recv_fds(channel, 65536, 16)
            if not data:
                os._exit(0)
            waiting += descriptors
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                message = json.loads(line)
                mine = []
                if message["cmd"] == "NODE_HANDLE":
                    message, mine, waiting = message["msg"], waiting[:2], waiting[2:]
                take(message, mine)
        """#
}
