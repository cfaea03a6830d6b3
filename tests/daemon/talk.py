#!/usr/bin/python3
"""The daemon's sockets from a test's side: see docs/protocol.md.

    talk.py deny PATH [REALM]   a START of phase auth, an answer if asked;
                                prints the verdict and the milliseconds
    talk.py hold PATH           START, then waits at the prompt for a verdict
    talk.py many PATH N         N connections at once; prints how many live
    talk.py raw PATH HEX        sends bytes; prints what comes back, in hex
    talk.py admin PATH JSON     one request; prints the reply
    talk.py login GATE ADMIN    enrols a new person with hotp, then logs in: a
                                right code, the same again, a wrong one, the
                                next right one; prints the verdicts
    talk.py handover GATE ADMIN COMMAND...
                                listens on both and hands them to COMMAND
    talk.py notify PATH COMMAND...
                                runs COMMAND with NOTIFY_SOCKET; prints the
                                states it sends, and ends it once it is ready
    talk.py follow GATE ADMIN PATH COMMAND...
                                a service manager that starts COMMAND again
                                and again with what it was given to keep;
                                prints what comes of a login between two
"""
import base64
import hmac
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

NONCE = bytes(range(16))


def string(text):
    return struct.pack(">H", len(text)) + text.encode()


def start(realm="", user="nobody-here", phase=1, grant=None):
    names = ["sshd", user, "", "", "", "ssh", realm, "", ""]
    return (b"\1\1" + NONCE
            + struct.pack(">BIII", phase, 2 if grant else 0, 0, 0)
            + b"".join(string(n) for n in names) + (grant or bytes(16)))


def dial(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(20)
    s.connect(path)
    return s


def verdict(message):
    if message == b"":
        return "closed"
    if message[:2] != b"\1\5" or message[2:18] != NONCE:
        return "odd " + message.hex()
    word = {0: "DENY", 0x35A6C93A: "ALLOW"}
    return word.get(struct.unpack(">I", message[18:22])[0], "odd")


def deny(path, realm=""):
    s = dial(path)
    s.send(start(realm))
    message = s.recv(40000)
    began = time.monotonic()
    if message[:2] == b"\1\2":
        began = time.monotonic()
        s.send(b"\1\3\0" + struct.pack(">H", 6) + b"000000")
        message = s.recv(40000)
    took = time.monotonic() - began
    print(verdict(message), "closed" if s.recv(10) == b"" else "open",
          int(took * 1000))


def hold(path):
    s = dial(path)
    s.send(start())
    assert s.recv(40000)[:2] == b"\1\2"
    print("asked", flush=True)
    print(verdict(s.recv(40000)), flush=True)


def many(path, count):
    alive = 0
    held = []
    for _ in range(int(count)):
        s = dial(path)
        held.append(s)
        try:
            s.send(start())
            alive += s.recv(40000)[:2] == b"\1\2"
        except (BrokenPipeError, ConnectionResetError):
            pass
    print(alive)


def raw(path, text):
    s = dial(path)
    s.send(bytes.fromhex(text))
    print(s.recv(40000).hex() or "closed")


def admin(path, request):
    s = dial(path)
    try:
        s.send(request.encode())
        print(s.recv(200000).decode() or "closed")
    except (BrokenPipeError, ConnectionResetError):
        print("closed")


def ask(path, **request):
    s = dial(path)
    s.send(json.dumps(request).encode())
    reply = json.loads(s.recv(200000))
    assert reply["ok"], reply
    return reply


def hotp(secret, counter):
    secret += "=" * (-len(secret) % 8)
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter),
                   "sha1").digest()
    at = mac[19] & 15
    number = struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF
    return "%06d" % (number % 10 ** 6)


def answer(path, user, code):
    s = dial(path)
    s.send(start(user=user))
    assert s.recv(40000)[:2] == b"\1\2"
    s.send(b"\1\3\0" + string(code))
    said = verdict(s.recv(40000))
    return said if s.recv(10) == b"" else "open"


def login(gate, admin_path):
    ask(admin_path, op="person.add", id="P1")
    ask(admin_path, op="account.add", login="alice", person="P1")
    token = ask(admin_path, op="enroll", login="alice", kind="hotp")
    secret = token["secret"]
    ask(admin_path, op="token.confirm", id=token["token"]["id"],
        code=hotp(secret, 0))
    wrong = "%06d" % ((int(hotp(secret, 2)) + 1) % 10 ** 6)
    print(*[answer(gate, "alice", code) for code in (
        hotp(secret, 1), hotp(secret, 1), wrong, hotp(secret, 2))])


def listener(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.bind(path)
    s.listen(16)
    return s


def handover(gate, admin_path, *command):
    sockets = [listener(gate), listener(admin_path)]
    kept = [os.dup(s.fileno()) for s in sockets]
    for i, fd in enumerate(kept):
        os.dup2(fd, 103 + i)
    for i in range(len(kept)):
        os.dup2(103 + i, 3 + i, inheritable=True)
    env = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS="2",
               LISTEN_FDNAMES="gate:admin")
    os.execve(command[0], command, env)


def notify(path, *command):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(20)
    p = subprocess.Popen(command, env=dict(os.environ, NOTIFY_SOCKET=path))
    state = b""
    while state != b"READY=1":
        state = s.recv(100)
        print(state.decode().replace("\n", " "), flush=True)
    p.send_signal(signal.SIGTERM)
    print(s.recv(100).decode())
    p.wait()


class Manager:
    """Keeps two sockets and what it is given, as systemd does."""

    def __init__(self, gate, admin_path, path, command):
        self.sockets = [listener(gate), listener(admin_path)]
        self.states = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.states.bind(path)
        self.states.settimeout(20)
        self.path, self.command, self.kept = path, command, []

    def run(self):
        fds = [os.dup(fd) for fd in
               [s.fileno() for s in self.sockets] + self.kept]
        names = ":".join(["gate", "admin"] + ["grants"] * len(self.kept))
        self.pid = os.fork()
        if self.pid == 0:
            for i, fd in enumerate(fds):
                os.dup2(fd, 103 + i)
            for i in range(len(fds)):
                os.dup2(103 + i, 3 + i, inheritable=True)
            os.execve(self.command[0], self.command, dict(
                os.environ, NOTIFY_SOCKET=self.path, LISTEN_FDNAMES=names,
                LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds))))
        for fd in fds:
            os.close(fd)
        state = b""
        while state != b"READY=1":
            state, given, _, _ = socket.recv_fds(self.states, 100, 1)
            self.kept += given

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        assert self.states.recv(100) == b"STOPPING=1"

    def again(self):
        self.end()
        self.run()


def phase(path, number, grant):
    s = dial(path)
    s.send(start(user="follow", phase=number, grant=grant))
    return verdict(s.recv(40000))


def granted(path, code):
    s = dial(path)
    s.send(start(user="follow"))
    assert s.recv(40000)[:2] == b"\1\2"
    s.send(b"\1\3\0" + string(code))
    message = s.recv(40000)
    assert verdict(message) == "ALLOW", message
    return message[23:39]


def follow(gate, admin_path, path, *command):
    manager = Manager(gate, admin_path, path, command)
    manager.run()
    ask(admin_path, op="person.add", id="P9")
    ask(admin_path, op="account.add", login="follow", person="P9")
    token = ask(admin_path, op="enroll", login="follow", kind="hotp")
    secret = token["secret"]
    ask(admin_path, op="token.confirm", id=token["token"]["id"],
        code=hotp(secret, 0))
    grant = granted(gate, hotp(secret, 1))
    manager.again()
    print(phase(gate, 2, grant))
    manager.again()
    print(phase(gate, 3, grant))
    manager.again()
    print(phase(gate, 3, grant))
    # killed, it leaves nothing; so does one whose manager keeps nothing
    grant = granted(gate, hotp(secret, 2))
    os.kill(manager.pid, signal.SIGKILL)
    os.waitpid(manager.pid, 0)
    manager.run()
    print(phase(gate, 2, grant))
    grant = granted(gate, hotp(secret, 3))
    manager.end()
    manager.kept = []
    manager.run()
    print(phase(gate, 2, grant))
    manager.end()


globals()[sys.argv[1]](*sys.argv[2:])
