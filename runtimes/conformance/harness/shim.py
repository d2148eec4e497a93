"""The shim's side of runtime hosts, as far as JavaScript cannot take it: descriptors and processes.

Orders come as JSON lines on standard input, what happens goes as JSON lines to standard output. It ends, and its hosts with
it, when standard input ends.
"""

import base64
import json
import os
import selectors
import shutil
import signal
import socket
import sys

CHUNK = 1 << 16


class Host:
    """A process with its channel."""

    def __init__(self, pid, channel, directory):
        self.pid = pid
        self.channel = channel
        self.directory = directory
        self.line = b''


class Shim:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.descriptors = {}
        self.hosts = {}
        self.orders = b''
        self.watch(0, self.read_orders)

    def watch(self, descriptor, read):
        self.selector.register(descriptor, selectors.EVENT_READ, read)

    def forget(self, descriptor):
        self.selector.unregister(descriptor)
        os.close(descriptor)

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data()

    def tell(self, event, **members):
        data = json.dumps({'event': event, **members}).encode() + b'\n'
        while data:
            data = data[os.write(1, data):]

    def read_orders(self):
        data = os.read(0, CHUNK)
        if not data:
            self.end()
        *lines, self.orders = (self.orders + data).split(b'\n')
        for line in lines:
            order = json.loads(line)
            getattr(self, order.pop('do'))(**order)

    def end(self):
        for host in self.hosts.values():
            if host.pid:
                os.killpg(host.pid, signal.SIGKILL)
                os.waitpid(host.pid, 0)
            # Whoever had it made may have been ended before it could clean up.
            shutil.rmtree(host.directory, ignore_errors=True)
        sys.exit(0)

    # Orders.

    def start(self, host, command, environment, directory):
        """Starts a host as the shim does, but unconfined."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        read, write = os.pipe()
        os.chdir(directory)
        pid = os.posix_spawn(command[0], command, environment, setpgroup=0, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, write, 2), (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        os.chdir('/')
        os.close(write)
        theirs.close()
        self.hosts[host] = Host(pid, ours.detach(), directory)
        self.watch(self.hosts[host].channel, lambda: self.read_channel(host))
        self.follow(f'{host} output', read)
        exit = os.pidfd_open(pid)
        self.watch(exit, lambda: self.exited(host, exit))
        self.tell('started', host=host, pid=pid)

    def listen(self, name):
        """A listening socket on a port of the kernel's choice."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as listener:
            listener.bind(('127.0.0.1', 0))
            listener.listen(511)
            port = listener.getsockname()[1]
            self.descriptors[name] = listener.detach()
        self.tell('listening', name=name, port=port)

    def pipe(self, name, unread=False):
        """A pipe whose write end can be sent; what comes out of it is told under the name."""
        read, write = os.pipe()
        self.descriptors[name] = write
        if unread:
            self.descriptors[f'{name} unread'] = read
        else:
            self.follow(name, read)

    def read(self, name):
        """Reads the pipe that nobody has read so far."""
        self.follow(name, self.descriptors.pop(f'{name} unread'))

    def send(self, host, text, descriptors=()):
        """Writes to the channel as it stands; the descriptors go with the first byte."""
        data = text.encode()
        passed = [self.descriptors[name] for name in descriptors]
        try:
            with socket.socket(fileno=os.dup(self.hosts[host].channel)) as channel:
                sent = socket.send_fds(channel, [data], passed) if passed else 0
                channel.sendall(data[sent:])
        except OSError:
            # The host has gone, which is told by itself.
            pass

    def close(self, name):
        if name in self.descriptors:
            os.close(self.descriptors.pop(name))

    def hangUp(self, host):
        """Ends the channel."""
        self.forget(self.hosts[host].channel)

    def kill(self, host):
        if self.hosts[host].pid:
            os.killpg(self.hosts[host].pid, signal.SIGKILL)

    # What happens.

    def follow(self, name, descriptor):
        def read():
            data = os.read(descriptor, CHUNK)
            if data:
                return self.tell('printed', name=name, data=base64.b64encode(data).decode())
            self.forget(descriptor)
            self.tell('silent', name=name)
        self.watch(descriptor, read)

    def read_channel(self, name):
        host = self.hosts[name]
        try:
            data = os.read(host.channel, CHUNK)
        except ConnectionResetError:
            data = b''
        if not data:
            return self.forget(host.channel)
        *lines, host.line = (host.line + data).split(b'\n')
        for line in lines:
            self.tell('said', host=name, line=line.decode(errors='replace'))

    def exited(self, name, descriptor):
        self.forget(descriptor)
        host = self.hosts[name]
        _, status = os.waitpid(host.pid, 0)
        host.pid = None
        code = os.waitstatus_to_exitcode(status)
        self.tell('exit', host=name, code=code if code >= 0 else None,
                  signal=signal.Signals(-code).name if code < 0 else None)


# What whoever runs the tests has left open is not for the hosts.
os.closerange(3, 1024)
Shim().run()
